"""What has to be done about reports from time to time: old files go, lost work is begun again."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from proctor_hub.domain.report import ReportStatus
from proctor_hub.jobs.reports.make import SECOND_LOOK
from proctor_hub.services.hub import Hub
from proctor_hub.services.reports import MAKE
from proctor_hub.storage import reports as store
from proctor_hub.storage.report_files import StorageFailed
from proctor_hub.storage.reports import Report

BATCH = 200
"""At most so many reports in one round."""

LATER = timedelta(minutes=10)
"""Until files that could not be removed are tried again."""

SILENCE = timedelta(minutes=15)
"""A running report of which nothing was heard for so long has no job any more."""

_log = structlog.get_logger("proctor_hub.reports")


def expire_reports(hub: Hub) -> int:
    """Remove the files whose time has come; returns of how many reports.

    A report is first taken from the list, then its file is removed: nobody is offered one that is
    gone.
    """
    now = hub.now()
    with hub.database.read() as conn:
        found = store.unclean(conn, now=now, count=BATCH)
    return sum(_clean(hub, report, again_at=None) for report in found)


def delete_report_file(hub: Hub, report_pk: int) -> None:
    """The job for an erased report: its files go at once, and the round looks a day later.

    Where it fails, the round does it.
    """
    with hub.database.read() as conn:
        report = store.by_id(conn, report_pk)
    if report is not None and report.status is ReportStatus.ERASED:
        _clean(hub, report, again_at=hub.now() + SECOND_LOOK)


def revive_reports(hub: Hub) -> int:
    """Have running reports made again whose job ended without a word; returns how many."""
    now = hub.now()
    with hub.database.read() as conn:
        # Heard of in a time to come: the clock was set back since.
        found = store.silent(conn, since=now - SILENCE, until=now + SILENCE, count=BATCH)
    return sum(_revive(hub, report, now) for report in found)


def _revive(hub: Hub, report: Report, now: datetime) -> bool:
    def unit(conn: sa.Connection) -> bool:
        silent = store.hear(conn, report, now)
        if silent:
            key = f"report:{report.code}:silent:{report.run}:{int(now.timestamp())}"
            hub.jobs.enqueue(conn, MAKE, report.id, key=key)
        return silent

    revived = hub.database.write(unit)
    if revived:
        _log.warning("report_revived", report=report.code, run=report.run)
    return revived


def _clean(hub: Hub, report: Report, *, again_at: datetime | None) -> bool:
    if report.status is ReportStatus.READY:
        hub.database.write(lambda conn: store.expire(conn, report.id))
    if hub.report_files is None:
        # The setting was taken away: the files are where it pointed to.
        _later(hub, report, "reports have no place any more")
        return False
    try:
        hub.report_files.remove_all(report.code)
    except StorageFailed as error:
        _later(hub, report, str(error))
        return False
    hub.database.write(lambda conn: store.cleaned(conn, report.id, again_at))
    return True


def _later(hub: Hub, report: Report, reason: str) -> None:
    _log.warning("report_files_not_removed", report=report.code, reason=reason)
    hub.database.write(lambda conn: store.clean_later(conn, report.id, hub.now() + LATER))
