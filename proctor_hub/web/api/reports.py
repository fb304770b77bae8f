"""The results reports, streamed as CSV (domain §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from proctor_hub.services import reports
from proctor_hub.services.authorize import Permission
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.web.context import TheActor, TheHub

router = APIRouter(tags=["reports"])

_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "CSV"}
}


@router.get(
    "/courses/{course_id}/report",
    summary="The Proctored Exam Results report",
    response_class=StreamingResponse,
    responses=_CSV,
)
def report(course_id: str, hub: TheHub, actor: TheActor) -> StreamingResponse:
    """Holds personal data. It shows reviews, not scores. For the course's team and operators."""
    pk = _allowed(hub, actor, course_id)
    return _download(reports.stream_report(hub, pk), reports.file_name(hub, pk))


@router.get(
    "/courses/{course_id}/legacy-report",
    summary="The older report over the same attempts",
    response_class=StreamingResponse,
    responses=_CSV,
)
def legacy_report(course_id: str, hub: TheHub, actor: TheActor) -> StreamingResponse:
    """Holds personal data. For the course's team and operators."""
    pk = _allowed(hub, actor, course_id)
    name = reports.file_name(hub, pk).replace("_results_report_", "_legacy_report_")
    return _download(reports.stream_legacy_report(hub, pk), name)


def _allowed(hub: Hub, actor: Actor, course_id: str) -> int:
    with hub.database.read() as conn:
        return course_for(conn, actor, Permission.SEE_REPORTS, course_id).id


def _download(chunks: Iterator[bytes], name: str) -> StreamingResponse:
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", name)
    return StreamingResponse(
        chunks,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{plain}"'},
    )
