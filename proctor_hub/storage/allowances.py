"""Queries on allowances. What a learner was granted at one exam is read with the attempt's facts
(``proctor_hub.storage.creation``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import UNSTARTED, AttemptStatus
from proctor_hub.storage.tables import allowances, attempts, exams, people
from proctor_hub.storage.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceRecord:
    """What a learner was granted at an exam, by whom and when."""

    exam_pk: int
    person_pk: int
    user_id: str
    username: str
    additional_minutes: int | None
    multiplier: float | None
    policy_exception: str
    granted_by: str
    granted_at: datetime


_LIVE = sa.select(attempts.c.exam_pk, attempts.c.person_pk, attempts.c.status).where(
    attempts.c.live
)


def live_statuses(
    conn: sa.Connection, exam_pks: Sequence[int], person_pks: Sequence[int]
) -> dict[tuple[int, int], AttemptStatus]:
    """(exam, person) → status of the live attempt, locked: it does not start before the commit."""
    query = (
        _LIVE.where(attempts.c.exam_pk.in_(exam_pks), attempts.c.person_pk.in_(person_pks))
        .order_by(attempts.c.id)
        .with_for_update()
    )
    return {(row.exam_pk, row.person_pk): AttemptStatus(row.status) for row in conn.execute(query)}


def grant(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store allowances; one that exists is replaced."""
    upsert(conn, allowances, rows, keys=("exam_pk", "person_pk"))


def tell_attempts(
    conn: sa.Connection, exam_pks: Sequence[int], person_pks: Sequence[int], text: str
) -> None:
    """Put the policy exception on live attempts that have not started, for their vendor."""
    conn.execute(
        attempts.update()
        .where(
            attempts.c.exam_pk.in_(exam_pks),
            attempts.c.person_pk.in_(person_pks),
            attempts.c.live,
            attempts.c.status.in_(sorted(UNSTARTED)),
        )
        .values(policy_exception=text)
    )


def remove(conn: sa.Connection, exam_pk: int, person_pk: int) -> bool:
    """Take an allowance back; False where there is none."""
    statement = allowances.delete().where(
        allowances.c.exam_pk == exam_pk, allowances.c.person_pk == person_pk
    )
    return conn.execute(statement).rowcount == 1


def copy(conn: sa.Connection, from_exam: int, to_exam: int) -> None:
    """Copy all allowances of an exam to the one that replaces it (domain §7)."""
    columns = [column for column in allowances.c if column.name != "exam_pk"]
    rows = sa.select(sa.literal(to_exam).label("exam_pk"), *columns).where(
        allowances.c.exam_pk == from_exam
    )
    names = ["exam_pk", *(column.name for column in columns)]
    conn.execute(allowances.insert().from_select(names, rows))


def count_of(conn: sa.Connection, exam_pk: int) -> int:
    """How many learners have an allowance at the exam."""
    query = sa.select(sa.func.count()).where(allowances.c.exam_pk == exam_pk)
    return int(conn.execute(query).scalar_one())


_PAGE = (
    sa.select(*allowances.c, people.c.user_id, people.c.username)
    .join(exams, exams.c.id == allowances.c.exam_pk)
    .join(people, people.c.id == allowances.c.person_pk)
    .where(
        exams.c.course_pk == bindparam("course_pk"),
        sa.tuple_(allowances.c.exam_pk, allowances.c.person_pk)
        > sa.tuple_(
            bindparam("after_exam", type_=sa.BigInteger),
            bindparam("after_person", type_=sa.BigInteger),
        ),
    )
    .order_by(allowances.c.exam_pk, allowances.c.person_pk)
    .limit(bindparam("count"))
)


def page(
    conn: sa.Connection,
    course_pk: int,
    *,
    after: tuple[int, int],
    count: int,
    exam_pk: int | None = None,
    person_pk: int | None = None,
) -> list[AllowanceRecord]:
    """Allowances of a course by exam and person; of one exam, of one person, or all."""
    query = _PAGE
    if exam_pk is not None:
        query = query.where(allowances.c.exam_pk == exam_pk)
    if person_pk is not None:
        query = query.where(allowances.c.person_pk == person_pk)
    values = {
        "course_pk": course_pk,
        "after_exam": after[0],
        "after_person": after[1],
        "count": count,
    }
    return [AllowanceRecord(**row._mapping) for row in conn.execute(query, values)]
