"""Where links to report files lead. A browser opens them, so refusals are pages for it."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from proctor_hub.domain.told import sentence_of
from proctor_hub.services.errors import ServiceError
from proctor_hub.services.report_links import PATH, Download, open_link
from proctor_hub.web.context import TheHub
from proctor_hub.web.pages.route import refusal_page
from proctor_hub.web.problems import of_service

router = APIRouter()

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # The address is a secret while it holds.
    "Referrer-Policy": "no-referrer",
}


@router.get(PATH, include_in_schema=False)
def download(request: Request, hub: TheHub, token: Annotated[str, Query()] = "") -> Response:
    """The file, or why there is none: a page where the caller takes HTML, else a problem."""
    try:
        return _file(open_link(hub, token))
    except ServiceError as error:
        if "text/html" not in request.headers.get("accept", ""):
            return of_service(error)
        return refusal_page(request, error.status, sentence_of(error))


def _file(found: Download) -> Response:
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", found.file_name)
    name = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.file_name, safe='')}"
    headers = {**_HEADERS, "Content-Disposition": name, "Content-Length": str(found.size)}
    return StreamingResponse(found.chunks, media_type="text/csv; charset=utf-8", headers=headers)
