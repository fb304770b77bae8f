"""The results reports of a course: asked for, followed, downloaded by a link (domain §8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from proctor_hub.services import report_links, reports
from proctor_hub.services.reports import State
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_reports import ReportIn, ReportLink, ReportOut, link_out, report_out
from proctor_hub.web.once import Creating

router = APIRouter(tags=["reports"])


@router.post(
    "/courses/{course_id:id}/reports",
    summary="Have a report made",
    status_code=202,
    response_model=ReportOut,
)
def request_report(
    course_id: str, body: ReportIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """In the background; for the course's team and operators. One that waits to be begun is
    shared."""
    return creating.run(
        lambda: report_out(reports.request_report(hub, actor, course_id, body.kind)), 202
    )


@router.get("/courses/{course_id:id}/reports", summary="List a course's reports")
def list_reports(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    state: Annotated[
        State | None,
        Query(description="`pending`: asked for or being made; `available`: to download"),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[ReportOut]:
    """Newest first; for the course's team and operators."""
    page = reports.list_reports(hub, actor, course_id, state=state, cursor=cursor, limit=limit)
    return page_of(page, report_out)


@router.get("/reports/{code}", summary="A report and how far it is")
def get_report(code: str, hub: TheHub, actor: TheActor) -> ReportOut:
    """For the team of its course and operators."""
    return report_out(reports.get_report(hub, actor, code))


@router.post("/reports/{code}/link", summary="Get a link to a ready report")
def link_report(code: str, hub: TheHub, actor: TheActor) -> ReportLink:
    """For you alone: whether you may still have the report is looked at again when it is opened.
    It holds five minutes; ask again for a new one."""
    return link_out(report_links.make_link(hub, actor, code))
