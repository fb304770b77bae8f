"""How many attempts of a course stand where; no count goes further than it is told to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ReviewOwner

# Each asks for the order of an index that nothing else can give, so that PostgreSQL does not look
# for enough of these rows along the table; SQLite is told the index.
_OF_STATUS = (
    "SELECT '{status}' AS status, (SELECT count(*) FROM (SELECT 1 FROM attempts {index} "
    "WHERE course_pk = :course AND status = '{status}' AND live = true "
    "ORDER BY review_status, id LIMIT :most) AS found) AS counted"
)
_QUEUED = (
    "SELECT count(*), count(noted) FROM (SELECT ("
    "SELECT max(decisions.id) FROM decisions WHERE decisions.attempt_pk = attempts.id "
    "AND decisions.kind = 'escalate') AS noted FROM attempts {index} "
    "WHERE live AND status = 'second_review_required' AND course_pk = :course "
    "AND review_owner = '{owner}' ORDER BY queued_at, attempts.id LIMIT :most) AS found"
)
_FLAGGED = (
    "SELECT count(*), sum(CASE WHEN live THEN 1 ELSE 0 END) "
    "FROM (SELECT live FROM attempts {index} "
    "WHERE flagged AND course_pk >= :course AND course_pk <= :course "
    "ORDER BY course_pk, id LIMIT :most) AS found"
)


def by_status(conn: sa.Connection, course_pk: int, most: int) -> dict[AttemptStatus, int]:
    """Live attempts of each status, counted up to ``most``."""
    query = " UNION ALL ".join(
        _OF_STATUS.format(status=status.value, index=_index(conn, "ix_attempts_status"))
        for status in AttemptStatus
    )
    rows = _rows(conn, query, course_pk, most)
    return {AttemptStatus(status): int(counted) for status, counted in rows}


def queued(conn: sa.Connection, course_pk: int, owner: ReviewOwner, most: int) -> tuple[int, int]:
    """How many second reviews wait for ``owner``, up to ``most``, and how many by escalation."""
    index = _index(conn, "ix_attempts_course_waiting")
    query = _QUEUED.format(owner=owner.value, index=index)
    ((counted, escalated),) = _rows(conn, query, course_pk, most)
    return int(counted), int(escalated)


def flagged(conn: sa.Connection, course_pk: int, most: int) -> tuple[int, int]:
    """Flagged attempts looked at, ``most`` at most, and how many of those are live."""
    query = _FLAGGED.format(index=_index(conn, "ix_attempts_flagged"))
    ((looked_at, live),) = _rows(conn, query, course_pk, most)
    return int(looked_at), int(live or 0)


def _index(conn: sa.Connection, name: str) -> str:
    return f"INDEXED BY {name}" if conn.dialect.name == "sqlite" else ""


def _rows(conn: sa.Connection, query: str, course_pk: int, most: int) -> list[Any]:
    return list(conn.execute(sa.text(query), {"course": course_pk, "most": most}))
