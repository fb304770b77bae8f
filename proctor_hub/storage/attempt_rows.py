"""Attempts as the staff's table shows them: which are wanted, in which order, and what is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import AttemptStatus, ExamType, ReviewOwner, ReviewStatus, Role
from proctor_hub.storage.tables import attempts


class TableSort(StrEnum):
    """The orders there is an index for.

    ``username``: in any case. ``exam``: by name of the exam, then username, then attempt number.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    USERNAME = "username"
    EXAM = "exam"


class ReviewWanted(StrEnum):
    """Review statuses that can be asked for; ``none``: no review came yet."""

    PASSED = ReviewStatus.PASSED.value
    VIOLATION = ReviewStatus.VIOLATION.value
    SUSPICIOUS = ReviewStatus.SUSPICIOUS.value
    NOT_REVIEWED = ReviewStatus.NOT_REVIEWED.value
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFilter:
    """Which attempts of a course are wanted; None and empty: any.

    :param vendor_exams: keys of the exams with the vendor asked for, which are pinned to it.
    :param username: how usernames begin, in any case. :param person_pks: whose, where an e-mail
        was asked for. :param archived: those that are not live, too. :param flagged: only those
        with a review that staff must look at. :param window: between which ids all of them lie.
    """

    course_pk: int
    exam_pk: int | None = None
    exam_name: str = ""
    status: AttemptStatus | None = None
    review: ReviewWanted | None = None
    vendor_exams: tuple[int, ...] | None = None
    username: str = ""
    person_pks: tuple[int, ...] | None = None
    archived: bool = False
    flagged: bool = False
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One line of the table: columns of the attempt alone."""

    id: int
    code: str
    exam_pk: int
    exam_name: str
    exam_type: ExamType
    vendor: str | None
    external_id: str | None
    username: str
    email: str
    number: int
    status: AttemptStatus
    live: bool
    review_status: ReviewStatus | None
    review_label: str
    review_owner: ReviewOwner | None
    decided_role: Role | None
    flagged: bool
    suspicious_count: int
    violation_count: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


_ROWS = sa.select(*(attempts.c[field.name] for field in fields(TableRow))).where(
    attempts.c.id.in_(bindparam("pks", expanding=True))
)
_WORDS: dict[str, type[StrEnum]] = {
    "exam_type": ExamType,
    "status": AttemptStatus,
    "review_status": ReviewStatus,
    "review_owner": ReviewOwner,
    "decided_role": Role,
}


def rows(conn: sa.Connection, pks: Sequence[int]) -> list[TableRow]:
    """These attempts, in this order."""
    found = {}
    for row in conn.execute(_ROWS, {"pks": list(pks)}):
        values: dict[str, Any] = dict(row._mapping)
        for name, word in _WORDS.items():
            if values[name] is not None:
                values[name] = word(values[name])
        found[values["id"]] = TableRow(**values)
    return [found[pk] for pk in pks]
