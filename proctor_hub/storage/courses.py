"""Queries on courses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.locks import changing
from proctor_hub.storage.tables import course_team, courses
from proctor_hub.storage.upsert import insert_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course and its settings (domain §7). ``vendor``: the account's slug, None: not chosen.

    ``version`` grows with each change.
    """

    id: int
    course_id: str
    title: str
    proctoring_enabled: bool
    vendor: str | None
    allow_opt_out: bool
    escalation_email: str
    starts_at: datetime | None
    ends_at: datetime | None
    declined_exam_timed: bool
    decline_cascades: bool
    created_at: datetime
    version: int


_BY_ID = courses.select().where(courses.c.id == bindparam("pk"))
_BY_COURSE_ID = courses.select().where(courses.c.course_id == bindparam("course_id"))
_LOCKED_BY_ID = changing(_BY_ID)
_LOCKED_BY_COURSE_ID = changing(_BY_COURSE_ID)
_PAGE = (
    courses.select()
    .where(courses.c.id > bindparam("after"))
    .order_by(courses.c.id)
    .limit(bindparam("count"))
)
_TEAM_PAGE = _PAGE.join(course_team, course_team.c.course_pk == courses.c.id).where(
    course_team.c.person_pk == bindparam("person_pk")
)


def by_id(conn: sa.Connection, pk: int, *, lock: bool = False) -> Course | None:
    """The course with this key; ``lock`` for what must not change until the commit."""
    row = conn.execute(_LOCKED_BY_ID if lock else _BY_ID, {"pk": pk}).first()
    return None if row is None else Course(**row._mapping)


def by_course_id(conn: sa.Connection, course_id: str, *, lock: bool = False) -> Course | None:
    """The course the LMS knows under this id."""
    statement = _LOCKED_BY_COURSE_ID if lock else _BY_COURSE_ID
    row = conn.execute(statement, {"course_id": course_id}).first()
    return None if row is None else Course(**row._mapping)


def insert(conn: sa.Connection, course_id: str, now: datetime) -> bool:
    """Insert a course with default settings; False where it exists."""
    return insert_missing(conn, courses, {"course_id": course_id, "created_at": now})


def update(conn: sa.Connection, course: Course, changes: Mapping[str, Any]) -> None:
    """Change settings of a locked course; its version grows."""
    values = {**changes, "version": course.version + 1}
    conn.execute(courses.update().where(courses.c.id == course.id).values(values))


def page(
    conn: sa.Connection, *, after: int, count: int, team_member: int | None = None
) -> list[Course]:
    """Courses by key; only those whose team has the person ``team_member``, where one is given."""
    values = {"after": after, "count": count}
    if team_member is None:
        rows = conn.execute(_PAGE, values)
    else:
        rows = conn.execute(_TEAM_PAGE, {**values, "person_pk": team_member})
    return [Course(**row._mapping) for row in rows]
