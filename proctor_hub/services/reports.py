"""The results reports of a course (domain §8): asked for, followed, erased.

A job makes them (``proctor_hub.jobs.reports``); ``proctor_hub.services.report_links`` hands them
out. For the course's team and operators.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.domain.told import noted
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Busy, Conflict, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.services.paging import Page, before_int, limit_of, page
from proctor_hub.storage import audit
from proctor_hub.storage import reports as store
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.storage.reports import Report

__all__ = [
    "MAKE",
    "REMOVE_FILES",
    "Report",
    "State",
    "erase_reports_of",
    "files_of",
    "get_report",
    "list_reports",
    "request_report",
]

MAKE = "make_report"
"""The job that makes a report; its argument is the report's key."""

REMOVE_FILES = "delete_report_file"
"""The job that removes the files of an erased report; its argument is the report's key."""

NO_PLACE = noted(
    "Reports have no place to be kept: set url in the table [reports] of the configuration to a "
    "folder or an object store that all processes of the hub reach."
)
"""What an operator has to do before there can be reports."""

_TRIES = 5


class State(StrEnum):
    """What the page of reports shows: what is being made, and what can be downloaded."""

    PENDING = "pending"
    AVAILABLE = "available"


_STATUSES: Mapping[State, tuple[ReportStatus, ...]] = MappingProxyType(
    {
        State.PENDING: (ReportStatus.PENDING, ReportStatus.RUNNING),
        State.AVAILABLE: (ReportStatus.READY,),
    }
)


def request_report(hub: Hub, actor: Actor, course_id: str, kind: ReportKind) -> Report:
    """Have a report made in the background.

    One of the same course and kind that waits to be begun is shared; while one is being made,
    another is queued, since it may show newer reviews.

    :raises NotFound: no such course. :raises Forbidden: not for this actor.
    :raises Conflict: the hub has no place for reports.
    """
    code = uuid.uuid4().hex

    def unit(conn: sa.Connection) -> Report:
        course = course_for(conn, actor, Permission.SEE_REPORTS, course_id)
        files_of(hub)
        values = {
            "code": code,
            "requested_role": actor.role,
            "requested_by": actor.id if actor.person_pk is None else "",
            "requested_person_pk": actor.person_pk,
            "requested_at": hub.now(),
        }
        report = _put(conn, course.id, kind, values)
        if report.code == code:
            hub.jobs.enqueue(conn, MAKE, report.id, key=f"report:{code}")
            detail = {"kind": kind.value}
            audit.record(conn, hub.now(), actor, "report.requested", course.id, code, detail)
        return report

    return hub.database.write(unit)


def _put(conn: sa.Connection, course_pk: int, kind: ReportKind, values: dict[str, Any]) -> Report:
    """A new report, or the one that waits already."""
    for _ in range(_TRIES):
        store.insert_pending(conn, {**values, "course_pk": course_pk, "kind": kind})
        found = store.pending(conn, course_pk, kind)
        # None: another request's report was in the way, and was begun before it could be read.
        if found is not None:
            return found
    raise Busy(noted("Reports of this course are begun at this very moment; try again."))


def list_reports(
    hub: Hub,
    actor: Actor,
    course_id: str,
    *,
    state: State | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Report]:
    """Reports of a course, newest first. :param state: None: whatever became of them.

    :raises NotFound: no such course. :raises Forbidden: not for this actor.
    """
    count, before = limit_of(hub, limit), before_int(cursor)
    statuses = None if state is None else _STATUSES[state]
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_REPORTS, course_id)
        found = store.page(conn, course.id, statuses=statuses, before=before, count=count + 1)
    return page(found, count, lambda report: [report.id])


def get_report(hub: Hub, actor: Actor, code: str) -> Report:
    """A report and how far it is.

    :raises NotFound: none of this code, or not this actor's to know of. :raises Forbidden: not
        for this actor.
    """
    with hub.database.read() as conn:
        return report_for(conn, actor, code)


def report_for(conn: sa.Connection, actor: Actor, code: str) -> Report:
    """The report, where the actor may see reports of its course; errors as of ``get_report``."""
    found = store.by_code(conn, code) if storable(code) else None
    if found is None:
        raise NotFound("report", code)
    ensure(conn, actor, Permission.SEE_REPORTS, found.course_pk, hidden_as=("report", code))
    return found


def files_of(hub: Hub) -> ReportFiles:
    """Where report files are. :raises Conflict: nowhere; says what to set."""
    if hub.report_files is None:
        raise Conflict(NO_PLACE, code="no_place_for_reports")
    return hub.report_files


def erase_reports_of(conn: sa.Connection, hub: Hub, person_pk: int, now: datetime) -> None:
    """Within a learner's retirement: no report that shows them is offered from its commit on.

    Ready reports of courses in which they have attempts become ``erased``, and a job removes each
    one's file. Those being made begin anew: what was read so far may show them.
    """
    erased = store.erase(conn, person_pk, now)
    for pk, code, _ in erased.files:
        hub.jobs.enqueue(conn, REMOVE_FILES, pk, key=f"report:{code}:erased")
    for pk, code, run in erased.anew:
        hub.jobs.enqueue(conn, MAKE, pk, key=f"report:{code}:{run}")
