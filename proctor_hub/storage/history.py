"""Reading the append-only history of attempts (domain §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import AttemptStatus, Role
from proctor_hub.storage.tables import history


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """Who, when, from, to and why; ``from_status`` None: the attempt began."""

    id: int
    at: datetime
    role: Role
    actor: str
    from_status: AttemptStatus | None
    to_status: AttemptStatus
    cause: Cause
    reason: str


_LINES = sa.select(*(column for column in history.c if column.name != "attempt_pk")).where(
    history.c.attempt_pk == bindparam("attempt_pk")
)
_PAGE = (
    _LINES.where(history.c.id > bindparam("after")).order_by(history.c.id).limit(bindparam("count"))
)
_LATEST = _LINES.order_by(history.c.id.desc()).limit(1)

_ENDED_BY = (
    sa.select(history.c.cause)
    .where(
        history.c.attempt_pk == bindparam("attempt_pk"),
        history.c.to_status.in_(
            [AttemptStatus.COMPLETED, AttemptStatus.TIMED_OUT, AttemptStatus.ERROR]
        ),
    )
    .order_by(history.c.id.desc())
    .limit(1)
)


def ended_by(conn: sa.Connection, attempt_pk: int) -> Cause | None:
    """Why the learner's part of the attempt ended last; None: it has not."""
    found = conn.execute(_ENDED_BY, {"attempt_pk": attempt_pk}).scalar()
    return None if found is None else Cause(found)


def page(conn: sa.Connection, attempt_pk: int, *, after: int, count: int) -> list[HistoryEntry]:
    """Lines of an attempt's history with an id over ``after``, oldest first."""
    values = {"attempt_pk": attempt_pk, "after": after, "count": count}
    return [_entry(row) for row in conn.execute(_PAGE, values)]


def latest(conn: sa.Connection, attempt_pk: int) -> HistoryEntry | None:
    """The last line of an attempt's history."""
    row = conn.execute(_LATEST, {"attempt_pk": attempt_pk}).first()
    return None if row is None else _entry(row)


def _entry(row: sa.Row[Any]) -> HistoryEntry:
    return HistoryEntry(
        id=row.id,
        at=row.at,
        role=Role(row.role),
        actor=row.actor,
        from_status=None if row.from_status is None else AttemptStatus(row.from_status),
        to_status=AttemptStatus(row.to_status),
        cause=Cause(row.cause),
        reason=row.reason,
    )
