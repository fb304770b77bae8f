"""The audit log: every change of a setting, in the transaction that makes it (domain §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import Role
from proctor_hub.storage.tables import audit, courses


class Acting(Protocol):
    """Who changed it: a role and an id, as the services' ``Actor`` has them."""

    @property
    def role(self) -> Role:
        """The role they acted in."""

    @property
    def id(self) -> str:
        """LMS user id, client id or vendor slug."""


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


_INSERT = audit.insert()
_PAGE = (
    sa.select(
        audit.c.id,
        audit.c.at,
        audit.c.role,
        audit.c.actor,
        audit.c.action,
        courses.c.course_id,
        audit.c.subject,
        audit.c.detail,
    )
    .select_from(audit.outerjoin(courses, courses.c.id == audit.c.course_pk))
    .where(audit.c.id < bindparam("before"))
    .order_by(audit.c.id.desc())
    .limit(bindparam("count"))
)
_COURSE_PAGE = _PAGE.where(audit.c.course_pk == bindparam("course_pk"))


def record(
    conn: sa.Connection,
    at: datetime,
    actor: Acting,
    action: str,
    course_pk: int | None = None,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append a line.

    :param action: ``noun.verb``, such as ``course.changed``.
    :param subject: what was changed; a user id stands alone here, so that retirement finds it.
    :param detail: JSON without personal data and without user ids.
    """
    row = {
        "at": at,
        "role": actor.role,
        "actor": actor.id,
        "action": action,
        "course_pk": course_pk,
        "subject": subject,
        "detail": dict(detail or {}),
    }
    conn.execute(_INSERT, row)


def page(
    conn: sa.Connection, *, before: int, count: int, course_pk: int | None = None
) -> list[AuditEntry]:
    """Lines with an id under ``before``, newest first, of one course or of all."""
    values = {"before": before, "count": count}
    if course_pk is None:
        rows = conn.execute(_PAGE, values)
    else:
        rows = conn.execute(_COURSE_PAGE, {**values, "course_pk": course_pk})
    return [AuditEntry(**{**row._mapping, "role": Role(row.role)}) for row in rows]
