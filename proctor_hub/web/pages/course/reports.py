"""Reports of a course: generated, followed while they are made, downloaded (domain §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.services import report_links, reports
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Invalid
from proctor_hub.services.reports import Report, State
from proctor_hub.storage.courses import Course
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import POLLING_ENDS, page_router
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

KINDS = {
    ReportKind.RESULTS: noted("Proctored Exam Results"),
    ReportKind.LEGACY: noted("Proctored Exam Results, older columns"),
}

_PER_PAGE = 10
_LATEST = 5
_STEP = 25
"""Per cent after which progress is told again: each one would talk over everything else."""

router = page_router()


@router.get("/courses/{course_id:id}/reports/pending")
def pending(course_id: str, visit: TheVisit, known: str = "") -> Response:
    """What is being made, as a part of the page; with what can be downloaded if that changed.

    :param known: the reports that were pending as the page was last told, and how far each was.
    """
    course = the_course(visit, Permission.SEE_REPORTS, course_id)
    values = _pending(visit, course)
    before = dict(one.partition(":")[::2] for one in known.split())
    changed = before.keys() != {one.code for one in values["pending"]}
    if changed:
        values |= _available(visit, course, None)
    return page(
        visit,
        "course/reports_news.html",
        status=200 if values["pending"] else POLLING_ENDS,
        course_id=course.course_id,
        changed=changed,
        news=_news(visit, before, **values),
        **values,
    )


@router.get("/courses/{course_id:id}/reports")
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


@router.post("/courses/{course_id:id}/reports")
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
        "known": " ".join(f"{one.code}:{_progress(one)}" for one in waiting),
    }


def _progress(report: Report) -> int:
    """Per cent, in steps."""
    done = report.rows_done / report.rows_total if report.rows_total else 0
    return int(done * 100) // _STEP * _STEP


def _news(
    visit: Visit,
    before: Mapping[str, str],
    pending: Sequence[Report],
    failed: Sequence[Report],
    **_values: Any,
) -> list[str]:
    """What is worth reading out since the page was told of ``before``: code → per cent."""
    news = [
        visit.say("%(kind)s: %(percent)s %% done.", kind=visit.say(KINDS[one.kind]), percent=now)
        for one in pending
        if (now := _progress(one)) and before.get(one.code, "") != str(now)
    ]
    gone = before.keys() - {one.code for one in pending}
    not_made = gone & {one.code for one in failed}
    if not_made:
        news.append(visit.say("A report could not be made."))
    if gone - not_made:
        news.append(visit.say("A report is ready to download."))
    return news


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
