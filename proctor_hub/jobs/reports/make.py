"""The job that makes a report.

It may run more than once, and at once: a killed process's job is taken over, and one that was
given up may still be alive. Each run writes a file of its own, and only the latest one's counts.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from proctor_hub import metrics
from proctor_hub.domain.report import file_name
from proctor_hub.jobs.reports import child
from proctor_hub.jobs.reports.child import Fenced, WritingFailed
from proctor_hub.jobs.reports.order import Order, Said
from proctor_hub.services.hub import Hub
from proctor_hub.services.reports import MAKE, NO_PLACE
from proctor_hub.storage import reports as store
from proctor_hub.storage.report_files import ReportFiles, StorageFailed, file_of, part_of
from proctor_hub.storage.reports import Run

PAUSES = (5.0, 60.0)
"""Seconds before the second and the third try; there is no fourth."""

SECOND_LOOK = timedelta(days=1)
"""After files were removed: a run that was cut off may have left one a little later."""

_log = structlog.get_logger("proctor_hub.reports")


def make_report(hub: Hub, report_pk: int) -> None:
    """Make the report, unless it is made; what an earlier run left is begun anew."""
    run = hub.database.write(lambda conn: store.claim(conn, report_pk, hub.now()))
    if run is None:
        return
    log = _log.bind(report=run.code, run=run.run)
    files = hub.report_files
    if files is None:
        _failed(hub, run, NO_PLACE)
        return
    try:
        files.remove_others(run.code, file_of(run.run), part_of(run.run))
        said = child.write(_order(hub, files, run), lambda said: _heard(hub, run, said))
        if not _finish(hub, run, said):
            raise Fenced
        metrics.report_ended(run.kind, "ready")
        log.info("report_made", rows=said.rows, size=said.size)
    except Fenced:
        log.info("report_run_superseded")
        _remove_own(files, run)
    except (WritingFailed, StorageFailed) as error:
        log.warning("report_run_failed", reason=str(error))
        _remove_own(files, run)
        _failed(hub, run, str(error))


def _order(hub: Hub, files: ReportFiles, run: Run) -> Order:
    return Order(
        database_url=hub.database.url.render_as_string(hide_password=False),
        files_url=files.url,
        files_options=files.options,
        kind=run.kind,
        course_pk=run.course_pk,
        course_id=run.course_id,
        code=run.code,
        part=part_of(run.run),
        name=file_of(run.run),
    )


def _heard(hub: Hub, run: Run, said: Said) -> bool:
    return hub.database.write(
        lambda conn: store.progress(
            conn, run, rows_done=said.rows, rows_total=said.total, now=hub.now()
        )
    )


def _finish(hub: Hub, run: Run, said: Said) -> bool:
    now = hub.now()
    return hub.database.write(
        lambda conn: store.finish(
            conn,
            run,
            rows=said.rows,
            size=said.size or 0,
            file_name=file_name(run.course_id, run.started_at, run.kind),
            file_key=file_of(run.run),
            now=now,
            expires_at=now + timedelta(days=hub.limits.report_days),
        )
    )


def _failed(hub: Hub, run: Run, reason: str) -> None:
    """Another try later, or the end of it; neither where another run is at it by now."""
    now = hub.now()
    if run.failures >= len(PAUSES):
        hub.database.write(
            lambda conn: store.fail(conn, run, error=reason, now=now, clean_at=now + SECOND_LOOK)
        )
        metrics.report_ended(run.kind, "failed")
        return
    pause = PAUSES[run.failures]

    def unit(conn: sa.Connection) -> None:
        if store.try_again(conn, run, error=reason, heard_at=now + timedelta(seconds=pause)):
            key = f"report:{run.code}:after:{run.run}"
            hub.jobs.enqueue(conn, MAKE, run.report_pk, key=key, delay=pause)

    hub.database.write(unit)


def _remove_own(files: ReportFiles, run: Run) -> None:
    """No trace of a run that does not count; else the next run, or the round, removes it."""
    try:
        files.remove(run.code, part_of(run.run))
        files.remove(run.code, file_of(run.run))
    except StorageFailed as error:
        _log.warning("report_leftovers", report=run.code, run=run.run, reason=str(error))
