"""The exams of one learner: of the courses they are enrolled in, with their live attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.storage.tables import attempts, courses, enrolments, exams


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnExamRow:
    """An exam in a learner's list; ``status``: of their live attempt, None: there is none."""

    course_pk: int
    course_id: str
    course_title: str
    course_ends_at: datetime | None
    track: str
    exam_pk: int
    name: str
    exam_type: ExamType
    limit_minutes: int
    due_at: datetime | None
    status: AttemptStatus | None
    deadline_at: datetime | None


_PAGE = (
    sa.select(
        courses.c.id.label("course_pk"),
        courses.c.course_id,
        courses.c.title.label("course_title"),
        courses.c.ends_at.label("course_ends_at"),
        enrolments.c.track,
        exams.c.id.label("exam_pk"),
        exams.c.name,
        exams.c.exam_type,
        exams.c.time_limit_minutes.label("limit_minutes"),
        sa.func.coalesce(attempts.c.due_at, exams.c.due_at).label("due_at"),
        attempts.c.status,
        attempts.c.deadline_at,
    )
    .select_from(
        enrolments.join(courses, courses.c.id == enrolments.c.course_pk)
        .join(exams, exams.c.course_pk == courses.c.id)
        .outerjoin(
            attempts,
            (attempts.c.exam_pk == exams.c.id)
            & (attempts.c.person_pk == enrolments.c.person_pk)
            & attempts.c.live,
        )
    )
    .where(
        enrolments.c.person_pk == bindparam("person_pk"),
        sa.tuple_(enrolments.c.course_pk, exams.c.id)
        > sa.tuple_(bindparam("after_course"), bindparam("after_exam")),
        # What a migration replaced, or the course took away, is shown to those who took it only.
        (exams.c.is_active & exams.c.retired_at.is_(None)) | attempts.c.id.is_not(None),
    )
    .order_by(enrolments.c.course_pk, exams.c.id)
    .limit(bindparam("count"))
)
_PAGE_OF_COURSE = _PAGE.where(enrolments.c.course_pk == bindparam("course_pk"))

_ONBOARDING = (
    sa.select(exams.c.id)
    .where(
        exams.c.course_pk == bindparam("course_pk"),
        exams.c.vendor == bindparam("vendor"),
        exams.c.exam_type == ExamType.ONBOARDING,
        exams.c.is_active,
        exams.c.retired_at.is_(None),
    )
    .order_by(exams.c.id)
    .limit(1)
)


def page(
    conn: sa.Connection,
    person_pk: int,
    *,
    course_pk: int | None,
    after: tuple[int, int],
    count: int,
) -> list[OwnExamRow]:
    """Exams by course and key. :param course_pk: of this course alone; None: of all."""
    values = {
        "person_pk": person_pk,
        "after_course": after[0],
        "after_exam": after[1],
        "count": count,
    }
    if course_pk is None:
        rows = conn.execute(_PAGE, values)
    else:
        rows = conn.execute(_PAGE_OF_COURSE, {**values, "course_pk": course_pk})
    return [_row(row) for row in rows]


def onboarding_exam(conn: sa.Connection, course_pk: int, vendor: str) -> int | None:
    """The course's onboarding exam with this vendor; None: it has none."""
    pk: int | None = conn.scalar(_ONBOARDING, {"course_pk": course_pk, "vendor": vendor})
    return pk


def _row(row: Any) -> OwnExamRow:
    values = dict(row._mapping)
    values["exam_type"] = ExamType(str(values["exam_type"]))
    if values["status"] is not None:
        values["status"] = AttemptStatus(str(values["status"]))
    return OwnExamRow(**values)
