"""The transition table of domain §3: the legal moves of an attempt, and nothing else.

Three tables say everything, and :func:`ensure_move` reads all three:

- :data:`MOVES`: from, to, by which causes, for which exam types;
- :data:`CAUSE_TYPES`: causes that exist only for some exam types (a timed exam has no vendor);
- the *decided* guard: a review moves a second review or a verdict only while nobody has decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from proctor_hub.domain.errors import IllegalMove
from proctor_hub.domain.labels import ROLES, label
from proctor_hub.domain.told import noted, told, worded
from proctor_hub.domain.words import (
    ONBOARDING_REFUSALS,
    RUNNING,
    UNSTARTED,
    VERDICTS,
    AttemptStatus,
    ExamType,
    Role,
)


class Cause(StrEnum):
    """Why an attempt moves. Who did it (a Role and an id) is kept apart, in the history."""

    LEARNER = "learner"
    """The learner, or the LMS on the learner's behalf."""
    VENDOR = "vendor"
    """The vendor said so: ready, refused for onboarding, errored."""
    CLOCK = "clock"
    """The attempt's own time is used up."""
    REVIEW = "review"
    """A vendor's review, as its vendor's policy classifies it."""
    DECISION = "decision"
    """An entitled person decided, here or in the vendor's dashboard."""
    STAFF = "staff"
    """Course team or support, other than by a decision."""
    FAULT_REPORT = "fault_report"
    """The exam page reported a fault of the proctoring."""
    STOP_ACCEPTED = "stop_accepted"
    """The vendor accepted the stop notice, or none is needed."""
    LOST_PROCTORING = "lost_proctoring"
    """The proctoring software ended before the exam did."""
    REENTRY = "reentry"
    """The learner came again through the vendor into a running attempt."""
    OPT_OUT = "opt_out"
    """The learner declined proctoring, or the decline cascaded."""
    DUE = "due"
    """The due date passed."""
    COURSE_END = "course_end"
    """The course ended."""


_CAUSES: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.LEARNER: ROLES[Role.LEARNER],
        Cause.VENDOR: ROLES[Role.VENDOR],
        Cause.CLOCK: ROLES[Role.CLOCK],
        Cause.REVIEW: noted("review"),
        Cause.DECISION: noted("decision"),
        Cause.STAFF: noted("course team or support"),
        Cause.FAULT_REPORT: noted("report of a fault"),
        Cause.STOP_ACCEPTED: noted("accepted stop"),
        Cause.LOST_PROCTORING: noted("end of the proctoring software"),
        Cause.REENTRY: noted("entering again"),
        Cause.OPT_OUT: noted("opting out"),
        Cause.DUE: noted("due date"),
        Cause.COURSE_END: noted("end of the course"),
    }
)
"""What people read for each."""

ALL_TYPES = frozenset(ExamType)
_VENDOR_TYPES = frozenset(t for t in ExamType if t.needs_vendor)
_REVIEWED = frozenset(t for t in ExamType if t.is_reviewed)
_PROCTORED = frozenset({ExamType.PROCTORED})
_TIMED = frozenset({ExamType.TIMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One row of the table: legal for these causes and exam types only."""

    from_status: AttemptStatus
    to_status: AttemptStatus
    by: frozenset[Cause]
    exam_types: frozenset[ExamType] = ALL_TYPES


CAUSE_TYPES: Mapping[Cause, frozenset[ExamType]] = MappingProxyType(
    {
        Cause.VENDOR: _VENDOR_TYPES,
        Cause.FAULT_REPORT: _VENDOR_TYPES,
        Cause.LOST_PROCTORING: _VENDOR_TYPES,
        Cause.REENTRY: _VENDOR_TYPES,
        Cause.REVIEW: _REVIEWED,
        Cause.DECISION: _REVIEWED,
        Cause.OPT_OUT: _PROCTORED,
    }
)
"""Exam types for which a cause exists; a cause not listed exists for all."""

S = AttemptStatus
C = Cause
_FAULT = (C.VENDOR, C.STAFF, C.FAULT_REPORT)


def _rows(
    sources: Iterable[AttemptStatus],
    targets: Iterable[AttemptStatus],
    by: Iterable[Cause],
    exam_types: frozenset[ExamType] = ALL_TYPES,
) -> list[Move]:
    wanted = sorted(targets, key=list(S).index)
    return [
        Move(from_status=source, to_status=target, by=frozenset(by), exam_types=exam_types)
        for source in sources
        for target in wanted
        if source is not target
    ]


_TABLE = [
    # Only the vendor may say that a session is ready: a learner's word never does.
    *_rows([S.CREATED], [S.DOWNLOAD_SOFTWARE_CLICKED], [C.LEARNER, C.VENDOR], _VENDOR_TYPES),
    *_rows([S.CREATED, S.DOWNLOAD_SOFTWARE_CLICKED], [S.READY_TO_START], [C.VENDOR], _VENDOR_TYPES),
    *_rows([S.CREATED], ONBOARDING_REFUSALS, [C.VENDOR], _VENDOR_TYPES),
    *_rows(ONBOARDING_REFUSALS, [S.CREATED], [C.LEARNER], _VENDOR_TYPES),
    *_rows([S.READY_TO_START], [S.STARTED], [C.LEARNER], _VENDOR_TYPES),
    *_rows([S.CREATED], [S.STARTED], [C.LEARNER], _TIMED),
    *_rows(RUNNING, RUNNING, [C.LEARNER]),
    *_rows(RUNNING, [S.COMPLETED], [C.LEARNER, C.LOST_PROCTORING, C.REENTRY]),
    # A course end that was moved forward during the exam times it out, too (domain §7).
    *_rows(RUNNING, [S.TIMED_OUT], [C.CLOCK, C.COURSE_END]),
    # A review that comes before the vendor's answer to the stop notice is the confirmation (§4).
    *_rows([S.COMPLETED, S.TIMED_OUT], [S.SUBMITTED], [C.STOP_ACCEPTED, C.REVIEW]),
    *_rows([S.SUBMITTED], VERDICTS, [C.REVIEW], _REVIEWED),
    *_rows([S.SUBMITTED], [S.SECOND_REVIEW_REQUIRED], [C.REVIEW], _PROCTORED),
    *_rows([S.SECOND_REVIEW_REQUIRED], VERDICTS, [C.DECISION, C.REVIEW], _PROCTORED),
    *_rows(VERDICTS, [S.SECOND_REVIEW_REQUIRED], [C.REVIEW], _PROCTORED),
    *_rows(VERDICTS, VERDICTS, [C.DECISION, C.REVIEW], _REVIEWED),
    *_rows(UNSTARTED, [S.DECLINED], [C.OPT_OUT], _PROCTORED),
    *_rows(UNSTARTED, [S.EXPIRED], [C.DUE, C.COURSE_END]),
    *_rows((UNSTARTED - ONBOARDING_REFUSALS) | RUNNING, [S.ERROR], _FAULT, _VENDOR_TYPES),
    *_rows([S.COMPLETED, S.TIMED_OUT], [S.ERROR], _FAULT, _VENDOR_TYPES),
    # ``submitted`` is final for practice (and timed) attempts.
    *_rows([S.SUBMITTED], [S.ERROR], _FAULT, _REVIEWED),
    *_rows([S.ERROR], VERDICTS, [C.DECISION], _REVIEWED),
]


def _index(rows: Iterable[Move]) -> Mapping[tuple[AttemptStatus, AttemptStatus], tuple[Move, ...]]:
    """Two rows may share a pair only for different exam types."""
    table: dict[tuple[AttemptStatus, AttemptStatus], tuple[Move, ...]] = {}
    for row in rows:
        pair = (row.from_status, row.to_status)
        table[pair] = (*table.get(pair, ()), row)
    return MappingProxyType(table)


MOVES = _index(_TABLE)
"""The table: (from, to) -> the rows that allow it."""

UNDECIDED_ONLY = frozenset({S.SECOND_REVIEW_REQUIRED}) | VERDICTS
"""Statuses a review moves an attempt out of only while nobody has decided."""


def allowed_moves(
    from_status: AttemptStatus, exam_type: ExamType | None = None
) -> tuple[AttemptStatus, ...]:
    """Where an attempt may go from here by any cause, in the order of the enumeration.

    ``exam_type`` None: for any type. An empty answer means the status is final.
    """
    return tuple(
        to_status
        for to_status in S
        if any(
            exam_type is None or _some_cause_exists(row, exam_type)
            for row in MOVES.get((from_status, to_status), ())
        )
    )


def _some_cause_exists(row: Move, exam_type: ExamType) -> bool:
    return exam_type in row.exam_types and any(
        exam_type in CAUSE_TYPES.get(cause, ALL_TYPES) for cause in row.by
    )


def refusal_of(
    from_status: AttemptStatus,
    to_status: AttemptStatus,
    *,
    by: Cause,
    exam_type: ExamType,
    decided: bool = False,
    has_session: bool = True,
) -> str | None:
    """Why the move is illegal, as a clause; None where it is legal.

    ``decided``: a person has passed or failed the attempt (an escalation is no such decision).
    ``has_session``: the vendor has registered a session; without one nothing can go wrong with it,
    so an unfinished attempt cannot go to ``error`` (domain §3).
    """
    rows = [r for r in MOVES.get((from_status, to_status), ()) if exam_type in r.exam_types]
    if not rows:
        return told("no such move for exams of type “%(exam_type)s”", exam_type=label(exam_type))
    if exam_type not in CAUSE_TYPES.get(by, ALL_TYPES) or all(by not in row.by for row in rows):
        return told("not by “%(by)s”", by=worded(by, _CAUSES[by]))
    if by is C.REVIEW and decided and from_status in UNDECIDED_ONLY:
        return noted("a person has decided, and a review does not undo that")
    if to_status is S.ERROR and from_status in UNSTARTED and not has_session:
        return noted("there is no proctoring session yet")
    return None


def ensure_move(
    from_status: AttemptStatus,
    to_status: AttemptStatus,
    *,
    by: Cause,
    exam_type: ExamType,
    decided: bool = False,
    has_session: bool = True,
) -> None:
    """Raise :class:`IllegalMove` unless the table has this move (arguments: `refusal_of`)."""
    why = refusal_of(
        from_status,
        to_status,
        by=by,
        exam_type=exam_type,
        decided=decided,
        has_session=has_session,
    )
    if why is not None:
        raise IllegalMove(from_status, to_status, allowed_moves(from_status, exam_type), why)


def is_final(from_status: AttemptStatus, exam_type: ExamType) -> bool:
    """True where no cause moves the attempt any further (reset, resume and retry archive it)."""
    return not allowed_moves(from_status, exam_type)
