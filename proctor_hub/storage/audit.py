"""The audit log: every change of a setting, in the transaction that makes it (domain §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, get_args

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import Role
from proctor_hub.storage import access
from proctor_hub.storage.tables import audit, courses
from proctor_hub.storage.upsert import MAX_KEY

Action = Literal[
    "allowance.granted",
    "allowance.removed",
    "callback.replayed",
    "client.created",
    "client.revoked",
    "client.rotated",
    "course.changed",
    "course.created",
    "course.migrated",
    "database.restored",
    "deliveries.retried",
    "delivery.retried",
    "exam.changed",
    "exam.created",
    "job.retried",
    "launch_link.made",
    "learner.retired",
    "learner.seen_as",
    "report.linked",
    "report.requested",
    "retirement.confirmed",
    "sign_ins.revoked",
    "staff.granted",
    "staff.revoked",
    "team.added",
    "team.removed",
    "vendor.tested",
]
"""What can be on record, as ``noun.verb``."""

_BY_STAFF = frozenset({"allowance.granted", "allowance.removed", "learner.seen_as"})
"""What operators may not do (domain §2)."""

_BY_RANK = (Role.OPERATOR, Role.SUPPORT, Role.COURSE_TEAM)

ACTIONS: tuple[str, ...] = get_args(Action)

LOOKED = 2_000
"""Lines looked at for one page, at most."""

Place = tuple[datetime, int]
"""Where a line stands: its time, and its id among those of one moment."""

_FIRST: Place = (datetime.min.replace(tzinfo=UTC), 0)
_LAST: Place = (datetime.max.replace(tzinfo=UTC), MAX_KEY)


class Acting(Protocol):
    """Who changed it, as the services' ``Actor`` says it."""

    @property
    def role(self) -> Role:
        """The role they acted in."""

    @property
    def id(self) -> str:
        """LMS user id, client id or vendor slug."""

    @property
    def person_pk(self) -> int | None:
        """The stored person, where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log. ``course_id`` None: not about one course. ``subject``: what changed."""

    id: int
    at: datetime
    role: Role
    actor: str
    action: str
    course_id: str | None
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines; what is None may be anything.

    :param since: from this moment on. :param until: before this one.
    """

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    course_pk: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def equals(self) -> dict[str, Any]:
        """Column → the value it must have."""
        values = {name: getattr(self, name) for name in _SEARCHED}
        return {name: value for name, value in values.items() if value is not None}


_SEARCHED = ("subject", "course_pk", "actor", "action")
_INSERT = audit.insert()


def record(
    conn: sa.Connection,
    at: datetime,
    actor: Acting,
    action: Action,
    course_pk: int | None = None,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append a line.

    :param subject: what was changed; a user id stands alone here, so that retirement finds it.
    :param detail: JSON without personal data and without user ids.
    """
    row = {
        "at": at,
        "role": _role_of(conn, actor, action, course_pk),
        "actor": actor.id,
        "action": action,
        "course_pk": course_pk,
        "subject": subject,
        "detail": dict(detail or {}),
    }
    conn.execute(_INSERT, row)


def _role_of(conn: sa.Connection, actor: Acting, action: str, course_pk: int | None) -> Role:
    """By which of their roles somebody did it: a person who is signed in says none, so it is the
    first of the stored ones that may do such a thing."""
    if actor.person_pk is None or actor.role is not Role.LEARNER:
        return actor.role
    roles = access.roles_of(conn, actor.person_pk, course_pk)
    able = (Role.SUPPORT, Role.COURSE_TEAM) if action in _BY_STAFF else _BY_RANK
    return next((role for role in able if role in roles), actor.role)


def page(
    conn: sa.Connection, wanted: AuditFilter, *, before: Place | None, count: int
) -> tuple[list[AuditEntry], Place | None]:
    """Lines that stand before a place in time, the last first.

    Each thing that can be asked for has an index in the order of time. Of those asked for the one
    that the fewest lines have is read, at most :data:`LOOKED` lines of it; the others are compared.

    :return: them, and the place to go on from where fewer than ``count`` were found and more may
        be left; else None.
    """
    low = _FIRST if wanted.since is None else (wanted.since, 0)
    high = min(before or _LAST, _LAST if wanted.until is None else (wanted.until, 0))
    equals = wanted.equals()
    lead = _rarest(conn, equals, low, high)
    values = _bounds(equals, lead, low, high)
    looked = _STRETCHES[lead].limit(LOOKED).subquery()
    query = (
        sa.select(looked, courses.c.course_id)
        .select_from(looked.outerjoin(courses, courses.c.id == looked.c.course_pk))
        .where(*(looked.c[name] == value for name, value in equals.items() if name != lead))
        .order_by(looked.c.at.desc(), looked.c.id.desc())
        .limit(count)
    )
    found = [_entry(row) for row in conn.execute(query, values)]
    if len(found) >= count:
        return found, None
    end = conn.execute(_ENDS[lead], values).first()
    return found, None if end is None else (end.at, end.id)


def _rarest(conn: sa.Connection, equals: Mapping[str, Any], low: Place, high: Place) -> str | None:
    """The column asked for whose value the fewest lines between two places have."""
    if len(equals) < 2:
        return next(iter(equals), None)
    counts = {
        name: conn.execute(_COUNTS[name], _bounds(equals, name, low, high)).scalar_one()
        for name in equals
    }
    return min(counts, key=lambda name: counts[name])


def _bounds(equals: Mapping[str, Any], lead: str | None, low: Place, high: Place) -> dict[str, Any]:
    values = {"low_at": low[0], "low_id": low[1], "high_at": high[0], "high_id": high[1] - 1}
    return values if lead is None else {**values, "lead": equals[lead]}


def _stretch(lead: str | None) -> sa.Select[Any]:
    """The lines between two places, of one value of ``lead``, the last first.

    That value is a bound of its index's rows, not an equation: so the order asked for is that
    index's alone, and no planner walks another one in the hope of meeting the value on the way.
    With "or equal", which is what PostgreSQL's estimate of how many there are looks at.
    """
    keys: list[sa.ColumnElement[Any]] = [] if lead is None else [audit.c[lead]]
    ends = [[] if lead is None else [bindparam("lead", type_=audit.c[lead].type)] for _ in "ab"]
    row = sa.tuple_(*keys, audit.c.at, audit.c.id)
    low, high = (
        sa.tuple_(
            *end,
            bindparam(f"{name}_at", type_=audit.c.at.type),
            bindparam(f"{name}_id", type_=audit.c.id.type),
        )
        for name, end in zip(("low", "high"), ends, strict=True)
    )
    order = [column.desc() for column in (*keys, audit.c.at, audit.c.id)]
    return sa.select(audit).where(row >= low, row <= high).order_by(*order)


def _entry(row: sa.Row[*tuple[Any, ...]]) -> AuditEntry:
    values = {name: row._mapping[name] for name in AuditEntry.__dataclass_fields__}
    return AuditEntry(**{**values, "role": Role(row.role)})


_STRETCHES = {lead: _stretch(lead) for lead in (None, *_SEARCHED)}
_ENDS = {
    lead: stretch.with_only_columns(audit.c.at, audit.c.id).limit(1).offset(LOOKED - 1)
    for lead, stretch in _STRETCHES.items()
}
_COUNTS = {
    lead: sa.select(sa.func.count()).select_from(
        stretch.with_only_columns(audit.c.id).limit(LOOKED + 1).subquery()
    )
    for lead, stretch in _STRETCHES.items()
}
