"""Queries on exams."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import ExamType
from proctor_hub.storage.attempts import lock_all
from proctor_hub.storage.cause import request_id
from proctor_hub.storage.locks import changing, keeping
from proctor_hub.storage.outbox import AT_ONCE
from proctor_hub.storage.tables import attempts, courses, exams, outbox
from proctor_hub.storage.upsert import is_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """An exam as stored (domain §7).

    :param vendor: the account it is pinned to; None for timed exams.
    :param retired_at: when a migration replaced or dropped it. :param replaces_pk: the exam it
        replaced. ``version`` grows with each change.
    """

    id: int
    course_pk: int
    course_id: str
    content_id: str
    name: str
    exam_type: ExamType
    time_limit_minutes: int
    due_at: datetime | None
    hide_after_due: bool
    is_active: bool
    vendor: str | None
    external_id: str | None
    rules: dict[str, bool]
    custom_rules: str
    created_at: datetime
    retired_at: datetime | None
    replaces_pk: int | None
    version: int


_EXAM = sa.select(*exams.c, courses.c.course_id).join(courses, courses.c.id == exams.c.course_pk)
_BY_ID = _EXAM.where(exams.c.id == bindparam("pk"))
_LOCKED = changing(_BY_ID, of=exams)
_BY_CONTENT = _EXAM.where(
    exams.c.course_pk == bindparam("course_pk"),
    exams.c.content_id == bindparam("content_id"),
    exams.c.retired_at.is_(None),
)
_PAGE = (
    _EXAM.where(exams.c.course_pk == bindparam("course_pk"), exams.c.id > bindparam("after"))
    .order_by(exams.c.id)
    .limit(bindparam("count"))
)
_CURRENT_PAGE = _PAGE.where(exams.c.retired_at.is_(None))
_CURRENT = _EXAM.where(
    exams.c.course_pk == bindparam("course_pk"), exams.c.retired_at.is_(None)
).order_by(exams.c.id)
_OF_KEYS = _EXAM.where(exams.c.id.in_(bindparam("pks", expanding=True)))
_VENDORS = (
    sa.select(exams.c.vendor)
    .where(exams.c.course_pk == bindparam("course_pk"), exams.c.vendor.is_not(None))
    .distinct()
)
_LOOKED_THROUGH = 2000
"""Exams of a course that one search by name looks at; where there are more, it goes on."""


def _exam(row: Any) -> Exam:
    return Exam(**{**row._mapping, "exam_type": ExamType(row.exam_type)})


def by_id(conn: sa.Connection, pk: int, *, lock: bool = False) -> Exam | None:
    """The exam with this integer id, retired ones too.

    ``lock``: nobody changes it, and nobody begins an attempt at it, until the commit.
    """
    if not is_key(pk):
        return None
    row = conn.execute(_LOCKED if lock else _BY_ID, {"pk": pk}).first()
    return None if row is None else _exam(row)


def by_content(conn: sa.Connection, course_pk: int, content_id: str) -> Exam | None:
    """The exam the LMS knows under this content id; a retired one is not found."""
    values = {"course_pk": course_pk, "content_id": content_id}
    row = conn.execute(_BY_CONTENT, values).first()
    return None if row is None else _exam(row)


def page(
    conn: sa.Connection, course_pk: int, *, after: int, count: int, retired: bool = False
) -> list[Exam]:
    """The exams of a course by key; ``retired``: those too."""
    values = {"course_pk": course_pk, "after": after, "count": count}
    return [_exam(row) for row in conn.execute(_PAGE if retired else _CURRENT_PAGE, values)]


def named(
    conn: sa.Connection, course_pk: int, name: str, *, after: int, count: int, retired: bool = False
) -> tuple[list[Exam], int | None]:
    """Up to ``count`` exams of a course that have ``name`` in their names, in any case, by key.

    :return: and the key to go on after, where there may be more. Names are compared here: the
        databases do not fold letters beyond ASCII alike.
    """
    wanted = name.casefold()
    most = _LOOKED_THROUGH if wanted else count + 1
    rows = page(conn, course_pk, after=after, count=most, retired=retired)
    found = [exam for exam in rows if wanted in exam.name.casefold()]
    if len(found) > count:
        return found[:count], found[count - 1].id
    return found, rows[-1].id if len(rows) == most else None


def of_keys(conn: sa.Connection, pks: Iterable[int]) -> dict[int, Exam]:
    """Exams by key, retired ones too; a key that is none is left out."""
    wanted = sorted({pk for pk in pks if is_key(pk)})
    return {row.id: _exam(row) for row in conn.execute(_OF_KEYS, {"pks": wanted})} if wanted else {}


def vendors_of(conn: sa.Connection, course_pk: int) -> list[str]:
    """The accounts that exams of a course are or were pinned to."""
    return sorted(conn.scalars(_VENDORS, {"course_pk": course_pk}))


def kept(conn: sa.Connection, course_pk: int, pks: Iterable[int]) -> dict[int, Exam]:
    """Those of the keys that are exams of the course and not retired: nobody changes them until
    the commit."""
    wanted = sorted({pk for pk in pks if is_key(pk)})
    statement = keeping(_CURRENT.where(exams.c.id.in_(wanted)), of=exams)
    return {row.id: _exam(row) for row in conn.execute(statement, {"course_pk": course_pk})}


def current(conn: sa.Connection, course_pk: int, *, lock: bool = False) -> list[Exam]:
    """All exams of a course that are not retired. :param lock: to change them."""
    statement = changing(_CURRENT, of=exams) if lock else _CURRENT
    return [_exam(row) for row in conn.execute(statement, {"course_pk": course_pk})]


def keys_of_vendor(conn: sa.Connection, course_pk: int, vendor: str) -> list[int]:
    """Keys of a course's exams that are pinned to a vendor, retired ones too."""
    query = sa.select(exams.c.id).where(exams.c.course_pk == course_pk, exams.c.vendor == vendor)
    return list(conn.scalars(query.order_by(exams.c.id)))


def has_attempts(conn: sa.Connection, exam_pk: int) -> bool:
    """Whether any attempt, archived or not, exists at the exam."""
    query = sa.select(attempts.c.id).where(attempts.c.exam_pk == exam_pk).limit(1)
    return conn.execute(query).first() is not None


def insert(conn: sa.Connection, values: Mapping[str, Any]) -> int:
    """Insert an exam, version 1; return its id.

    :raises sqlalchemy.exc.IntegrityError: the content has an exam (``uq_exams_content_live``).
    """
    insert = exams.insert().values({**values, "version": 1}).returning(exams.c.id)
    return int(conn.execute(insert).scalar_one())


def update(conn: sa.Connection, exam: Exam, changes: Mapping[str, Any]) -> None:
    """Change a locked exam; its version grows, a new name reaches its attempts."""
    values = {**changes, "version": exam.version + 1}
    conn.execute(exams.update().where(exams.c.id == exam.id).values(values))
    if "name" in changes:
        lock_all(conn, attempts.c.exam_pk == exam.id)
        renamed = attempts.update().where(attempts.c.exam_pk == exam.id)
        conn.execute(renamed.values(exam_name=changes["name"]))


def put_sync_notice(
    conn: sa.Connection, *, exam_pk: int, version: int, destination: str, now: datetime
) -> None:
    """Have the relay tell the vendor about the exam as it then is."""
    row = {
        "event_id": str(uuid.uuid4()),
        "destination": destination,
        "stream": f"exam:{exam_pk}",
        "seq": version,
        "kind": "sync_exam",
        "trace_id": request_id(),
        "payload": {"exam_pk": exam_pk},
        "created_at": now,
        "next_try_at": AT_ONCE,
    }
    conn.execute(outbox.insert(), row)
