"""Queries for opting out."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.domain.words import ExamType
from proctor_hub.storage.locks import keeping
from proctor_hub.storage.tables import courses, exams


def allows(conn: sa.Connection, course_pk: int) -> bool:
    """Whether the course allows taking its exams without proctoring."""
    query = sa.select(courses.c.allow_opt_out).where(courses.c.id == course_pk)
    return bool(conn.execute(query).scalar_one())


def other_proctored_exams(conn: sa.Connection, course_pk: int, exam_pk: int) -> list[int]:
    """The course's other proctored exams that are offered, in a fixed order.

    They stay as they are until the commit; so it is called before an attempt is locked.
    """
    query = (
        sa.select(exams.c.id)
        .where(
            exams.c.course_pk == course_pk,
            exams.c.id != exam_pk,
            exams.c.exam_type == ExamType.PROCTORED,
            exams.c.is_active,
            exams.c.retired_at.is_(None),
        )
        .order_by(exams.c.id)
    )
    return list(conn.scalars(keeping(query, of=exams)))
