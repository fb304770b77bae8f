"""Queries on decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.tables import course_team, decisions, people


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as stored; ``replaces_id`` is the one it replaced."""

    id: int
    kind: str
    role: str
    user_id: str
    decided_at: datetime
    reason: str
    from_status: str
    to_status: str
    replaces_id: int | None


_LATEST = sa.select(sa.func.max(decisions.c.id)).where(decisions.c.attempt_pk == bindparam("pk"))
_DECISION = (
    sa.select(
        decisions.c.id,
        decisions.c.kind,
        decisions.c.role,
        people.c.user_id,
        decisions.c.decided_at,
        decisions.c.reason,
        decisions.c.from_status,
        decisions.c.to_status,
        decisions.c.replaces_pk.label("replaces_id"),
    )
    .join(people, people.c.id == decisions.c.person_pk)
    .where(decisions.c.attempt_pk == bindparam("pk"))
)
_AFTER = _DECISION.where(decisions.c.id > bindparam("at")).order_by(decisions.c.id)
_BEFORE = _DECISION.where(decisions.c.id < bindparam("at")).order_by(decisions.c.id.desc())
_TEAM = (
    sa.select(course_team.c.person_pk, people.c.email)
    .join(people, people.c.id == course_team.c.person_pk)
    .where(course_team.c.course_pk == bindparam("course_pk"), people.c.email != "")
    .order_by(course_team.c.person_pk)
)


def insert(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Insert a decision."""
    conn.execute(decisions.insert(), values)


def latest(conn: sa.Connection, attempt_pk: int) -> int | None:
    """Id of the latest decision on an attempt."""
    return conn.execute(_LATEST, {"pk": attempt_pk}).scalar()


def page(
    conn: sa.Connection, attempt_pk: int, *, at: int, newest_first: bool, count: int
) -> list[StoredDecision]:
    """Decisions on an attempt behind the id ``at``: the later ones in order, or the earlier ones
    from the newest on."""
    query = (_BEFORE if newest_first else _AFTER).limit(count)
    rows = conn.execute(query, {"pk": attempt_pk, "at": at})
    return [StoredDecision(**row._mapping) for row in rows]


def team_member(conn: sa.Connection, course_pk: int, email: str) -> int | None:
    """The course team's member with this e-mail, in any case; None: nobody on the team."""
    # Compared here: the databases do not fold letters beyond ASCII alike.
    wanted = email.casefold()
    for person_pk, known in conn.execute(_TEAM, {"course_pk": course_pk}):
        if known.casefold() == wanted:
            return int(person_pk)
    return None
