"""Lists of attempts, page by page on an index."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.storage.attempts import ATTEMPT
from proctor_hub.storage.records import AttemptRecord, attempt_record
from proctor_hub.storage.tables import attempts, people


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFilter:
    """Which attempts of a course are wanted; None: any."""

    course_pk: int
    exam_pk: int | None = None
    status: AttemptStatus | None = None
    exam_type: ExamType | None = None
    user_id: str | None = None


def newest_first(
    conn: sa.Connection, wanted: AttemptFilter, *, before: int, count: int
) -> list[AttemptRecord]:
    """At most ``count`` attempts with an id under ``before``."""
    query = ATTEMPT.where(attempts.c.course_pk == wanted.course_pk, attempts.c.id < before)
    if wanted.exam_pk is not None:
        query = query.where(attempts.c.exam_pk == wanted.exam_pk)
    if wanted.status is not None:
        query = query.where(attempts.c.status == wanted.status)
    if wanted.exam_type is not None:
        query = query.where(attempts.c.exam_type == wanted.exam_type)
    if wanted.user_id is not None:
        query = query.where(people.c.user_id == wanted.user_id)
    rows = conn.execute(query.order_by(attempts.c.id.desc()).limit(count))
    return [attempt_record(row) for row in rows]


def person_pk(conn: sa.Connection, user_id: str) -> int | None:
    """The stored person behind an LMS user id."""
    return conn.execute(sa.select(people.c.id).where(people.c.user_id == user_id)).scalar()


def held(conn: sa.Connection, *, after: int, count: int) -> list[int]:
    """Ids over ``after`` of submitted attempts with a review that is still to be applied."""
    # Spelt out as the partial index has it, so that the database sees that it answers the query.
    waiting = sa.text("held AND live AND status = 'submitted'")
    query = sa.select(attempts.c.id).where(waiting, attempts.c.id > after)
    return list(conn.scalars(query.order_by(attempts.c.id).limit(count)))
