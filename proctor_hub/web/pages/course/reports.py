"""Reports of a course: generated, followed while they are made, downloaded (domain §8)."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.services import report_links, reports
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Invalid
from proctor_hub.services.reports import State
from proctor_hub.storage.courses import Course
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

KINDS = {
    ReportKind.RESULTS: noted("Proctored Exam Results"),
    ReportKind.LEGACY: noted("Proctored Exam Results, older columns"),
}

_PER_PAGE = 10
_LATEST = 5
_POLLING_ENDS = 286
"""htmx's status for an answer after which it asks no more."""

router = page_router()


@router.get("/courses/{course_id:path}/reports/pending")
def pending(course_id: str, visit: TheVisit, known: str = "") -> Response:
    """What is being made, as a part of the page; with what can be downloaded if that changed.

    :param known: codes of the reports that were pending as the page was last told.
    """
    course = the_course(visit, Permission.SEE_REPORTS, course_id)
    values = _pending(visit, course)
    changed = known != values["known"]
    if changed:
        values |= _available(visit, course, None)
    status = 200 if values["pending"] else _POLLING_ENDS
    return page(
        visit,
        "course/reports_news.html",
        status=status,
        course_id=course.course_id,
        changed=changed,
        **values,
    )


@router.get("/courses/{course_id:path}/reports")
def reports_page(
    course_id: str, visit: TheVisit, cursor: str | None = None, done: str = ""
) -> Response:
    """The page of reports; each time it is rendered its links are new."""
    course = the_course(visit, Permission.SEE_REPORTS, course_id)
    return page(
        visit,
        "course/reports.html",
        course_id=course.course_id,
        course=course,
        done=done == "asked",
        has_place=visit.hub.report_files is not None,
        **_pending(visit, course),
        **_available(visit, course, cursor),
    )


@router.post("/courses/{course_id:path}/reports")
def generate(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Have a report made in the background."""
    the_course(visit, Permission.SEE_REPORTS, course_id)
    kind = text(form, "kind")
    if kind not in list(ReportKind):
        raise Invalid(
            noted("There is no such report."), fields={"kind": noted("results or legacy")}
        )
    reports.request_report(visit.hub, visit.actor, course_id, ReportKind(kind))
    return RedirectResponse(course_path(course_id, "/reports?done=asked"), 303)


def _pending(visit: Visit, course: Course) -> dict[str, Any]:
    """What is asked for or being made, and what of the latest could not be made."""
    hub, actor, course_id = visit.hub, visit.actor, course.course_id
    waiting = reports.list_reports(hub, actor, course_id, state=State.PENDING).items
    latest = reports.list_reports(hub, actor, course_id, limit=_LATEST).items
    return {
        "kinds": KINDS,
        "path": course_path(course_id, "/reports"),
        "pending": waiting,
        "failed": [one for one in latest if one.status is ReportStatus.FAILED],
        "known": " ".join(one.code for one in waiting),
    }


def _available(visit: Visit, course: Course, cursor: str | None) -> dict[str, Any]:
    hub, actor, path = visit.hub, visit.actor, course_path(course.course_id, "/reports")
    found = reports.list_reports(
        hub, actor, course.course_id, state=State.AVAILABLE, cursor=cursor, limit=_PER_PAGE
    )
    return {
        "available": found.items,
        "links": report_links.make_links(hub, actor, found.items),
        "link_minutes": hub.limits.report_link_seconds // 60,
        "turns": turns(path, cursor, found),
    }
