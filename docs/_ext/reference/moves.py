"""``statuses.md``: what each status means, and the transition table."""

from __future__ import annotations

from collections.abc import Iterable

from proctor_hub.domain.moves import ALL_TYPES, CAUSE_TYPES, MOVES, Cause, Move, is_final
from proctor_hub.domain.results import result_word, status_sentence
from proctor_hub.domain.words import AWAITING_REVIEW, RUNNING, UNSTARTED, AttemptStatus, ExamType

from . import text

_INTRO = """
An attempt has one of these statuses. It moves along the table below and in no other way; the
table is `proctor_hub/domain/moves.py`, and one place writes a status:
`proctor_hub/services/transitions.py`. A move that is not in the table is answered 409 with
`from`, `to` and `allowed`.

![The moves of an attempt; the table below says the same](statuses.svg)
"""
_GUARDS = """
Three things the table cannot say by itself:

- A **review** moves an attempt out of `second_review_required`, `verified` or `rejected` only
  while no person has passed or failed it.
- An attempt in `created` goes to `error` only if the vendor has opened a session.
- An **archived** attempt (reset, resume, retry, migration) never moves again.

On top of the table: at most one live attempt per learner and exam, and at most one attempt in
`started` or `ready_to_submit` per learner over all exams. The database enforces both.
"""


def build() -> str:
    """The page."""
    return text.page(
        "Statuses and moves",
        _INTRO,
        "## Statuses\n\n" + _statuses(),
        "## Causes\n\n" + _causes(),
        "## The transition table\n\n" + _table(),
        _GUARDS,
    )


def types_of(row: Move) -> frozenset[ExamType]:
    """The exam types a row is for, as far as its causes exist for them."""
    return frozenset(
        kind
        for kind in row.exam_types
        if any(kind in CAUSE_TYPES.get(cause, ALL_TYPES) for cause in row.by)
    )


def in_order(kinds: Iterable[ExamType]) -> str:
    """Exam types in the order of their enumeration; ``all`` for all."""
    chosen = frozenset(kinds)
    return "all" if chosen == ALL_TYPES else ", ".join(one for one in ExamType if one in chosen)


def _statuses() -> str:
    rows = (
        [
            text.code(status),
            _group(status),
            result_word(status, ExamType.PROCTORED) or "-",
            status_sentence(status, ExamType.PROCTORED),
            in_order(kind for kind in ExamType if is_final(status, kind)) or "-",
        ]
        for status in AttemptStatus
    )
    header = [
        "status",
        "group",
        "result word",
        "what a learner of a proctored exam reads",
        "final for",
    ]
    return (
        text.table(header, rows)
        + "\n\n*Final for*: no cause moves an attempt of these exam types any "
        "further. Timed and practice attempts never have a result word."
    )


def _group(status: AttemptStatus) -> str:
    if status in UNSTARTED:
        return "not started"
    if status in RUNNING:
        return "running"
    return "awaiting review" if status in AWAITING_REVIEW else "finished"


def _causes() -> str:
    docs = text.member_docs(Cause)
    rows = (
        [text.code(cause), docs[cause.name], in_order(CAUSE_TYPES.get(cause, ALL_TYPES))]
        for cause in Cause
    )
    return text.table(["cause", "meaning", "exists for"], rows)


def _table() -> str:
    rows = []
    for start in AttemptStatus:
        for end in AttemptStatus:
            for row in MOVES.get((start, end), ()):
                by = text.codes(sorted(row.by, key=list(Cause).index))
                rows.append([text.code(start), text.code(end), by, in_order(types_of(row))])
    return text.table(["from", "to", "by", "exam types"], rows)
