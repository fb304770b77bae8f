"""What an attempt must be to be in the staff's table, as SQL; every value is bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proctor_hub.storage.attempt_rows import ReviewWanted, TableFilter

_AFTER_ALL = "\U0010ffff"
NAMED_FROM, NAMED_TO = "lower(username) >= :named", "lower(username) < :named_end"
"""Between which usernames those lie that begin as asked for."""


def folded(username: str) -> str:
    """As ``lower`` folds it on both databases: letters of ASCII only."""
    return "".join(char.lower() if char.isascii() else char for char in username)


def listed(pks: Sequence[int]) -> str:
    """Keys as SQL writes them; 0, which is none, where there are none."""
    return ", ".join(str(int(pk)) for pk in pks) or "0"


def condition(wanted: TableFilter) -> str:
    """All that an attempt must be, over its own columns."""
    parts = ["true" if wanted.archived else "live"]
    if wanted.exam_pk is not None:
        parts.append("exam_pk = :exam")
    if wanted.vendor_exams is not None:
        parts.append(f"exam_pk IN ({listed(wanted.vendor_exams)})")
    if wanted.status is not None:
        parts.append("status = :status")
    if wanted.review is ReviewWanted.NONE:
        parts.append("review_status IS NULL")
    elif wanted.review is not None:
        parts.append("review_status = :review")
    if wanted.username:
        parts.append(f"{NAMED_FROM} AND {NAMED_TO}")
    if wanted.person_pks is not None:
        parts.append(f"person_pk IN ({listed(wanted.person_pks)})")
    if wanted.flagged:
        parts.append("flagged")
    return " AND ".join(parts)


def values_of(wanted: TableFilter) -> dict[str, Any]:
    """The values of all that the filter's conditions name."""
    values: dict[str, Any] = {"course": wanted.course_pk}
    if wanted.exam_pk is not None:
        values |= {"exam": wanted.exam_pk, "exam_name": wanted.exam_name}
    if wanted.status is not None:
        values["status"] = wanted.status.value
    if wanted.review is not None and wanted.review is not ReviewWanted.NONE:
        values["review"] = wanted.review.value
    if wanted.username:
        name = folded(wanted.username)
        values |= {"named": name, "named_end": name + _AFTER_ALL}
    return values
