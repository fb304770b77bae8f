"""What a review does to an attempt (domain §4, §5): the one place that says it.

Three questions, in this order: is it a new revision (:mod:`revisions`), what does the vendor's
policy make of it (:class:`Classification`, the plugin's answer), and what may it do to the attempt
as it stands (:func:`disposition`). Who is named in ``reviewed_by`` and entitled, decides
(:func:`named_decision`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from proctor_hub.domain.incidents import (
    Incident,
    IncidentSummary,
    count_incidents,
    normalise_incident_status,
)
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.revisions import Arrival, compare_revision
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import (
    UNFINISHED,
    VERDICTS,
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewOwner,
)

__all__ = [
    "Arrival",
    "Classification",
    "Disposition",
    "Incident",
    "IncidentSummary",
    "ReviewSituation",
    "compare_revision",
    "count_incidents",
    "disposition",
    "named_decision",
    "normalise_incident_status",
]


class Classification(StrEnum):
    """What the vendor's policy makes of a review."""

    VERIFY = "verify"
    SECOND_REVIEW_SUPPORT = "second_review_support"
    SECOND_REVIEW_COURSE_TEAM = "second_review_course_team"
    REJECT = "reject"
    WAIT = "wait"
    """No verdict yet (``not_reviewed``): nothing moves."""

    @property
    def owner(self) -> ReviewOwner | None:
        """In whose queue the second review it asks for lies; None where it asks for none."""
        return _OWNERS.get(self)


_OWNERS = {
    Classification.SECOND_REVIEW_SUPPORT: ReviewOwner.SUPPORT,
    Classification.SECOND_REVIEW_COURSE_TEAM: ReviewOwner.COURSE_TEAM,
}

_TARGETS = {
    Classification.VERIFY: AttemptStatus.VERIFIED,
    Classification.SECOND_REVIEW_SUPPORT: AttemptStatus.SECOND_REVIEW_REQUIRED,
    Classification.SECOND_REVIEW_COURSE_TEAM: AttemptStatus.SECOND_REVIEW_REQUIRED,
    Classification.REJECT: AttemptStatus.REJECTED,
}

_REASONS = {
    AttemptStatus.VERIFIED: noted("the vendor's review passes the attempt"),
    AttemptStatus.SECOND_REVIEW_REQUIRED: noted(
        "the vendor found it suspicious: a person looks again"
    ),
    AttemptStatus.REJECTED: noted("the vendor's review fails the attempt"),
}

_STOPPED = frozenset({AttemptStatus.COMPLETED, AttemptStatus.TIMED_OUT})
_DEAD_ENDS = frozenset({AttemptStatus.DECLINED, AttemptStatus.EXPIRED, AttemptStatus.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSituation:
    """The attempt a review arrives for.

    ``decided``: a person has passed or failed it (an escalation is no such decision).
    ``review_owner``: in whose queue its second review lies, None where it has none.
    """

    status: AttemptStatus
    exam_type: ExamType
    archived: bool = False
    decided: bool = False
    review_owner: ReviewOwner | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What follows for the attempt; the revision is stored in any case.

    ``moves``: statuses in turn, in one transaction, each by ``cause``. ``flagged``: staff is told.
    ``hold``: to be applied when the attempt reaches ``submitted``, held ones in their order.
    ``review_owner``: in whose queue the second review lies afterwards. ``reason``: for the history.
    """

    moves: tuple[AttemptStatus, ...] = ()
    flagged: bool = False
    hold: bool = False
    reason: str = ""
    cause: Cause = Cause.REVIEW
    review_owner: ReviewOwner | None = None


def disposition(
    situation: ReviewSituation,
    classification: Classification,
    arrival: Arrival = Arrival.NEW,
) -> Disposition:
    """What a vendor's review does to the attempt, all of domain §4.

    A failing onboarding review goes straight to ``rejected`` (§6). A second review that is asked
    for again stays in the queue it lies in, so an escalation is not undone.
    """
    standing = _without_effect(situation, arrival) or _by_arrival(situation, arrival)
    if standing is not None:
        return standing
    if situation.decided:
        return _flag(
            situation, noted("a person has decided; a vendor's review does not change that")
        )
    if classification is Classification.WAIT:
        return _stay(situation, noted("the vendor has no verdict yet"))
    target = _target(situation, classification)
    if target is situation.status:
        return _stay(situation, noted("the attempt has this status already"))
    second = target is AttemptStatus.SECOND_REVIEW_REQUIRED
    return Disposition(
        moves=_via_submitted(situation.status, target),
        reason=_REASONS[target],
        review_owner=classification.owner if second else None,
    )


def named_decision(
    situation: ReviewSituation, kind: DecisionKind, arrival: Arrival = Arrival.NEW
) -> Disposition:
    """What a review does whose ``reviewed_by`` names an entitled person: it is a decision.

    It is recorded as one ("decided in the vendor's dashboard") wherever it is not flagged or held,
    even where the status already says so (``moves`` empty). It replaces an earlier decision.
    An archived attempt, ``declined``, ``expired``, ``error`` and practice are never moved by
    what a callback brings (§4). Raises ValueError for an escalation, which no callback can bring.
    """
    if kind is DecisionKind.ESCALATE:
        raise ValueError("a vendor's callback cannot escalate")
    standing = _without_effect(situation, arrival) or _by_arrival(situation, arrival)
    if standing is not None:
        return standing
    passed = kind is DecisionKind.PASS
    target = AttemptStatus.VERIFIED if passed else AttemptStatus.REJECTED
    first_verdict = situation.status in _STOPPED or situation.status is AttemptStatus.SUBMITTED
    return Disposition(
        moves=() if target is situation.status else _via_submitted(situation.status, target),
        reason=noted("decided in the vendor's dashboard"),
        # Out of ``submitted`` the table knows reviews only; this one happens to decide as well.
        cause=Cause.REVIEW if first_verdict else Cause.DECISION,
    )


def _without_effect(situation: ReviewSituation, arrival: Arrival) -> Disposition | None:
    """Situations in which no review moves anything, whatever it says."""
    if arrival is Arrival.SAME_AS_LATEST:
        return _stay(situation, noted("equal to the latest revision"))
    if situation.archived:
        return _flag(situation, noted("the attempt is archived"))
    if not situation.exam_type.is_reviewed:
        return _flag(situation, noted("exams of this type are not reviewed"))
    if situation.status in _DEAD_ENDS:
        return _flag(situation, noted("an attempt in this status takes no review"))
    return None


def _by_arrival(situation: ReviewSituation, arrival: Arrival) -> Disposition | None:
    if arrival is Arrival.REPEAT_OF_OLDER:
        return _flag(situation, noted("equal to an older revision"))
    if arrival is Arrival.OUT_OF_ORDER:
        return _stay(situation, noted("older than the latest revision"))
    if situation.status in UNFINISHED:
        return Disposition(
            flagged=True,
            hold=True,
            reason=noted("the attempt is not finished; applied when it reaches submitted"),
            review_owner=situation.review_owner,
        )
    return None


def _target(situation: ReviewSituation, classification: Classification) -> AttemptStatus:
    target = _TARGETS[classification]
    if target in VERDICTS or situation.exam_type is ExamType.PROCTORED:
        return target
    return AttemptStatus.REJECTED


def _via_submitted(status: AttemptStatus, target: AttemptStatus) -> tuple[AttemptStatus, ...]:
    """A review for a stopped attempt is itself the confirmation: first ``submitted``."""
    return (AttemptStatus.SUBMITTED, target) if status in _STOPPED else (target,)


def _flag(situation: ReviewSituation, reason: str) -> Disposition:
    return Disposition(flagged=True, reason=reason, review_owner=situation.review_owner)


def _stay(situation: ReviewSituation, reason: str) -> Disposition:
    return Disposition(reason=reason, review_owner=situation.review_owner)
