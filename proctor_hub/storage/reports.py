"""The reports that were asked for: their rows, and who may write them.

``run`` counts executions and fences: what a run says only counts while it is the report's latest.
Claims and retirements of a course take turns by a lock on its row, so a run that began before a
learner was erased can always be told from one that began afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.storage.tables import attempts, courses, people, reports
from proctor_hub.storage.upsert import insert_missing

_columns = reports.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report somebody asked for.

    :param requested_by: the person's user id, or the machine's client id.
    :param rows_total: None until they were counted. :param size: in bytes, once it is ready.
    """

    id: int
    code: str
    course_pk: int
    course_id: str
    kind: ReportKind
    status: ReportStatus
    run: int
    requested_role: str
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    rows_done: int
    rows_total: int | None
    file_name: str
    file_key: str
    size: int | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution. :param failures: of earlier ones."""

    report_pk: int
    run: int
    failures: int
    code: str
    kind: ReportKind
    course_pk: int
    course_id: str
    started_at: datetime


_PLAIN = [
    _columns[name]
    for name in Report.__dataclass_fields__
    if name not in ("course_id", "requested_by")
]
_SELECT = (
    sa.select(
        *_PLAIN,
        courses.c.course_id,
        sa.func.coalesce(people.c.user_id, _columns.requested_by).label("requested_by"),
    )
    .join(courses, courses.c.id == _columns.course_pk)
    .outerjoin(people, people.c.id == _columns.requested_person_pk)
)


def _report(row: sa.Row[*tuple[Any, ...]]) -> Report:
    values = dict(row._mapping)
    kind, status = ReportKind(values.pop("kind")), ReportStatus(values.pop("status"))
    return Report(**values, kind=kind, status=status)


def insert_pending(conn: sa.Connection, values: dict[str, Any]) -> bool:
    """Put in a pending report; False where one of the same course and kind waits already."""
    return insert_missing(conn, reports, {**values, "status": ReportStatus.PENDING})


def pending(conn: sa.Connection, course_pk: int, kind: ReportKind) -> Report | None:
    """The report of this course and kind that waits to be begun."""
    query = _SELECT.where(
        _columns.course_pk == course_pk,
        _columns.kind == kind,
        _columns.status == sa.literal_column("'pending'"),
    )
    row = conn.execute(query).first()
    return None if row is None else _report(row)


def by_code(conn: sa.Connection, code: str) -> Report | None:
    """The report of this code."""
    row = conn.execute(_SELECT.where(_columns.code == code)).first()
    return None if row is None else _report(row)


def by_id(conn: sa.Connection, report_pk: int) -> Report | None:
    """The report of this key."""
    row = conn.execute(_SELECT.where(_columns.id == report_pk)).first()
    return None if row is None else _report(row)


def page(
    conn: sa.Connection,
    course_pk: int,
    *,
    statuses: Sequence[ReportStatus] | None,
    before: int,
    count: int,
) -> list[Report]:
    """Reports of a course with an id under ``before``, newest first; None: in any status."""
    query = _SELECT.where(_columns.course_pk == course_pk, _columns.id < before)
    if statuses is not None:
        query = query.where(_columns.status.in_(statuses))
    return [_report(row) for row in conn.execute(query.order_by(_columns.id.desc()).limit(count))]


def lock_courses(conn: sa.Connection, course_pks: Sequence[int]) -> None:
    """Wait for, and hold off, claims and retirements of these courses until the commit."""
    conn.execute(
        sa.select(courses.c.id)
        .where(courses.c.id.in_(course_pks))
        .order_by(courses.c.id)
        .with_for_update(key_share=True)
    ).all()


def claim(conn: sa.Connection, report_pk: int, now: datetime) -> Run | None:
    """Begin a run; None where the report needs none any more."""
    course_pk = conn.scalar(sa.select(_columns.course_pk).where(_columns.id == report_pk))
    if course_pk is None:
        return None
    lock_courses(conn, [course_pk])
    unmade = _columns.status.in_((ReportStatus.PENDING, ReportStatus.RUNNING))
    values = {"status": ReportStatus.RUNNING, "run": _columns.run + 1, "started_at": now}
    claimed = conn.execute(
        reports.update()
        .where(_columns.id == report_pk, unmade)
        .values(**values, heard_at=now, rows_done=0, rows_total=None)
    )
    if claimed.rowcount != 1:
        return None
    query = sa.select(reports, courses.c.course_id).join(courses).where(_columns.id == report_pk)
    row = conn.execute(query).one()
    return Run(
        report_pk=report_pk,
        run=row.run,
        failures=row.failures,
        code=row.code,
        kind=ReportKind(row.kind),
        course_pk=row.course_pk,
        course_id=row.course_id,
        started_at=now,
    )


def _change(conn: sa.Connection, run: Run, **values: Any) -> bool:
    mine = (_columns.id == run.report_pk) & (_columns.run == run.run)
    running = _columns.status == ReportStatus.RUNNING
    return conn.execute(reports.update().where(mine, running).values(**values)).rowcount == 1


def progress(
    conn: sa.Connection, run: Run, *, rows_done: int, rows_total: int, now: datetime
) -> bool:
    """How far the run is; False where it is not the report's latest any more: it is to stop."""
    return _change(conn, run, rows_done=rows_done, rows_total=rows_total, heard_at=now)


def finish(
    conn: sa.Connection,
    run: Run,
    *,
    rows: int,
    size: int,
    file_name: str,
    file_key: str,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """The run's file is complete and is offered from this commit on; False as in progress."""
    return _change(
        conn,
        run,
        status=ReportStatus.READY,
        rows_done=rows,
        rows_total=rows,
        size=size,
        file_name=file_name,
        file_key=file_key,
        finished_at=now,
        expires_at=expires_at,
        clean_at=expires_at,
        error="",
    )


def try_again(conn: sa.Connection, run: Run, *, error: str, heard_at: datetime) -> bool:
    """The run failed, and another one follows; False as in :func:`progress`."""
    return _change(conn, run, failures=_columns.failures + 1, error=error, heard_at=heard_at)


def fail(conn: sa.Connection, run: Run, *, error: str, now: datetime, clean_at: datetime) -> bool:
    """The report is given up; False as in :func:`progress`."""
    return _change(
        conn,
        run,
        status=ReportStatus.FAILED,
        failures=_columns.failures + 1,
        error=error,
        finished_at=now,
        clean_at=clean_at,
    )


def silent(conn: sa.Connection, *, since: datetime, until: datetime, count: int) -> list[Report]:
    """Running reports of which nothing was heard after ``since``, up to ``until``; at most
    ``count``.
    """
    unheard = (_columns.heard_at <= since) | (_columns.heard_at > until)
    query = (
        _SELECT.where(_columns.status == sa.literal_column("'running'"), unheard)
        .order_by(_columns.heard_at)
        .limit(count)
    )
    return [_report(row) for row in conn.execute(query)]


def hear(conn: sa.Connection, report: Report, now: datetime) -> bool:
    """Somebody looks after the silent report; False where it moved meanwhile."""
    same = (_columns.id == report.id) & (_columns.run == report.run)
    running = _columns.status == ReportStatus.RUNNING
    done = conn.execute(reports.update().where(same, running).values(heard_at=now))
    return done.rowcount == 1


def unclean(conn: sa.Connection, *, now: datetime, count: int) -> list[Report]:
    """Reports whose files are to be removed by now, at most ``count``."""
    query = _SELECT.where(_columns.clean_at <= now).order_by(_columns.clean_at).limit(count)
    return [_report(row) for row in conn.execute(query)]


def expire(conn: sa.Connection, report_pk: int) -> None:
    """A ready report is not offered any more."""
    conn.execute(
        reports.update()
        .where(_columns.id == report_pk, _columns.status == ReportStatus.READY)
        .values(status=ReportStatus.EXPIRED)
    )


def cleaned(conn: sa.Connection, report_pk: int, again_at: datetime | None) -> None:
    """The report's files are removed. :param again_at: when to look once more; None: never."""
    conn.execute(
        reports.update().where(_columns.id == report_pk).values(clean_at=again_at, file_key="")
    )


def clean_later(conn: sa.Connection, report_pk: int, at: datetime) -> None:
    """The report's files could not be removed: try again then."""
    conn.execute(reports.update().where(_columns.id == report_pk).values(clean_at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What a retirement did to reports: files to delete, and runs to begin anew.

    Both are (id, code, run).
    """

    files: tuple[tuple[int, str, int], ...]
    anew: tuple[tuple[int, str, int], ...]


def lock_courses_of(conn: sa.Connection, person_pk: int) -> list[int]:
    """Lock the courses in which the person has attempts, in their order; returns their keys.

    Courses come before people and attempts (``storage.locks``), so a unit that locks those too
    calls this first.
    """
    found = sa.select(attempts.c.course_pk).where(attempts.c.person_pk == person_pk).distinct()
    course_pks = sorted(conn.scalars(found))
    if course_pks:
        lock_courses(conn, course_pks)
    return course_pks


def erase(conn: sa.Connection, person_pk: int, now: datetime) -> Erased:
    """Ready reports that show the person are offered no more; running ones have to begin anew.

    The caller erases the person in the same transaction.
    """
    course_pks = lock_courses_of(conn, person_pk)
    if not course_pks:
        return Erased(files=(), anew=())
    theirs = _columns.course_pk.in_(course_pks)
    named = (_columns.id, _columns.code, _columns.run)
    # Running ones first: one that finishes between the two statements is seen by the second.
    anew = conn.execute(
        reports.update()
        .where(theirs, _columns.status == ReportStatus.RUNNING)
        .values(run=_columns.run + 1, rows_done=0, rows_total=None, heard_at=now)
        .returning(*named)
    ).all()
    files = conn.execute(
        reports.update()
        .where(theirs, _columns.status == ReportStatus.READY)
        .values(status=ReportStatus.ERASED, clean_at=now)
        .returning(*named)
    ).all()
    return Erased(
        files=tuple(sorted((row.id, row.code, row.run) for row in files)),
        anew=tuple(sorted((row.id, row.code, row.run) for row in anew)),
    )
