"""Reports: asked for, in the making, to download."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.services.report_links import Link
from proctor_hub.services.reports import Report
from proctor_hub.web.models_base import In, Out

PERSONAL_DATA = "This report holds personal data."
REVIEWS_NOT_SCORES = (
    "This report shows reviews, not scores: passing the review is not passing the exam."
)


class ReportIn(In):
    """Which report to make."""

    kind: ReportKind = Field(
        description="`results`: the Proctored Exam Results; `legacy`: the older report"
    )


class ReportOut(Out):
    """A report, and how far it is."""

    code: str
    course_id: str
    kind: ReportKind
    status: ReportStatus = Field(
        description="`erased`: a learner in it was erased; `expired`: it was kept long enough"
    )
    requested_by: str = Field(description="LMS user id or client id")
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="Until when it is kept")
    rows_done: int = Field(description="Rows written so far")
    rows_total: int | None = Field(description="Rows there are; null until they were counted")
    file_name: str | None = Field(description="Once it is ready")
    size: int | None = Field(description="In bytes, once it is ready")
    error: str | None = Field(description="Why the last try failed")
    personal_data_note: str = Field(
        description="To be shown with the report", examples=[PERSONAL_DATA]
    )
    scores_note: str = Field(
        description="To be shown with the report", examples=[REVIEWS_NOT_SCORES]
    )


class ReportLink(Out):
    """An address that a browser opens, without a token of its own."""

    url: str = Field(description="A secret while it holds")
    expires_at: datetime = Field(description="After that, ask for a new one")


def report_out(report: Report) -> ReportOut:
    """A report as JSON."""
    return ReportOut(
        code=report.code,
        course_id=report.course_id,
        kind=report.kind,
        status=report.status,
        requested_by=report.requested_by,
        requested_at=report.requested_at,
        started_at=report.started_at,
        finished_at=report.finished_at,
        expires_at=report.expires_at,
        rows_done=report.rows_done,
        rows_total=report.rows_total,
        file_name=report.file_name or None,
        size=report.size,
        error=report.error or None,
        personal_data_note=PERSONAL_DATA,
        scores_note=REVIEWS_NOT_SCORES,
    )


def link_out(link: Link) -> ReportLink:
    """A link as JSON."""
    return ReportLink(url=link.url, expires_at=link.expires_at)
