"""Live attempts whose time is over, each list by an index: what a round costs follows the late ones
and the exams at work, not all that ever was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.sql.selectable import NamedFromClause

from proctor_hub.domain.words import RUNNING, UNSTARTED, AttemptStatus
from proctor_hub.storage.tables import attempts, courses, exams

_PAGE = 200
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


def _among(
    table: NamedFromClause[Any], statuses: Iterable[AttemptStatus]
) -> sa.ColumnElement[bool]:
    # Spelt out in the order of the index, so that the database sees that a partial one answers.
    wanted = set(statuses)
    words: list[sa.ColumnElement[str]] = [
        sa.literal_column(f"'{status}'") for status in _ORDER if status in wanted
    ]
    # SQLAlchemy writes a flag as ``live = 1`` on SQLite, which is not what the index says.
    live: sa.ColumnElement[bool] = sa.literal_column(f"{table.name}.live")
    status: sa.ColumnElement[str] = table.c.status
    return live & status.in_(words)


_ORDER = (
    AttemptStatus.CREATED,
    AttemptStatus.DOWNLOAD_SOFTWARE_CLICKED,
    AttemptStatus.READY_TO_START,
    AttemptStatus.STARTED,
    AttemptStatus.READY_TO_SUBMIT,
    AttemptStatus.ONBOARDING_MISSING,
    AttemptStatus.ONBOARDING_PENDING,
    AttemptStatus.ONBOARDING_FAILED,
    AttemptStatus.ONBOARDING_EXPIRED,
)
_running = _among(attempts, RUNNING)
_unstarted = _among(attempts, UNSTARTED)
_unfinished = _among(attempts, RUNNING | UNSTARTED)
_now = bindparam("now", type_=attempts.c.deadline_at.type)


def _by_time(
    column: sa.ColumnElement[datetime], which: sa.ColumnElement[bool]
) -> sa.Select[int, datetime]:
    place = sa.tuple_(column, attempts.c.id) > sa.tuple_(
        bindparam("after", type_=attempts.c.deadline_at.type), bindparam("after_pk")
    )
    return (
        sa.select(attempts.c.id, column)
        .where(which, column <= _now, column.is_not(None), place)
        .order_by(column, attempts.c.id)
        .limit(_PAGE)
    )


_PAST_DEADLINE = _by_time(attempts.c.deadline_at, _running)
_PAST_OWN_DUE = _by_time(attempts.c.due_at, _unstarted & attempts.c.due_at.is_not(None))


def _busy_exams() -> sa.CTE:
    """The exams with an unfinished attempt: a loose scan of their index, one step per exam."""
    first = sa.select(sa.func.min(attempts.c.exam_pk).label("exam_pk")).where(_unfinished)
    busy = first.cte("busy", recursive=True)
    other = attempts.alias("other")
    following = (
        sa.select(sa.func.min(other.c.exam_pk))
        .where(_among(other, RUNNING | UNSTARTED), other.c.exam_pk > busy.c.exam_pk)
        .scalar_subquery()
    )
    return busy.union_all(sa.select(following).where(busy.c.exam_pk.is_not(None)))


_busy = _busy_exams()
_LATE_EXAMS = (
    sa.select(exams.c.id, (courses.c.ends_at <= _now).is_(sa.true()).label("course_over"))
    .select_from(
        _busy.join(exams, exams.c.id == _busy.c.exam_pk).join(
            courses, courses.c.id == exams.c.course_pk
        )
    )
    .where((exams.c.due_at <= _now) | (courses.c.ends_at <= _now))
    .order_by(exams.c.id)
)
_OF_EXAM = (
    sa.select(attempts.c.id)
    .where(
        attempts.c.exam_pk == bindparam("exam_pk"), attempts.c.id > bindparam("after"), _unfinished
    )
    .order_by(attempts.c.id)
    .limit(_PAGE)
)
# The wider condition stays, since it is what the index is made for.
_UNSTARTED_OF_EXAM = _OF_EXAM.where(_unstarted, attempts.c.due_at.is_(None))


def overdue(conn: sa.Connection, now: datetime) -> Iterator[int]:
    """Ids of attempts whose time is over, page by page; each once, even if nothing is done to it.

    Running past the deadline or the course's end; not started by their own due date, else by the
    exam's, or by the course's end.
    """
    for timed in (_PAST_DEADLINE, _PAST_OWN_DUE):
        yield from _timed(conn, timed, now)
    for exam_pk, course_over in conn.execute(_LATE_EXAMS, {"now": now}).all():
        yield from _of_exam(conn, _OF_EXAM if course_over else _UNSTARTED_OF_EXAM, exam_pk)


def _timed(conn: sa.Connection, query: sa.Select[int, datetime], now: datetime) -> Iterator[int]:
    values = {"now": now, "after": _BEGINNING, "after_pk": 0}
    while found := conn.execute(query, values).all():
        yield from (pk for pk, _ in found)
        values |= {"after": found[-1][1], "after_pk": found[-1][0]}


def _of_exam(conn: sa.Connection, query: sa.Select[Any], exam_pk: int) -> Iterator[int]:
    after = 0
    while found := conn.scalars(query, {"exam_pk": exam_pk, "after": after}).all():
        yield from found
        after = found[-1]
