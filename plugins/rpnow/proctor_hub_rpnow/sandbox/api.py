"""The endpoint the hub registers attempts at."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from .registering import accept
from .requests_in import RawBody
from .vendor import Refused, Vendor

_WHAT = "registration"
_ERROR_PAGE = "<html><head><title>Server Error</title></head><body>Server Error</body></html>"


def registration_router(vendor: Vendor, sleep: Callable[[float], None]) -> APIRouter:
    """`POST /api/registrations`, the `exam_register_endpoint` of wire/rpnow.md.

    `sleep` (seconds) is how a slow answer is made slow.
    """
    router = APIRouter()

    @router.post("/api/registrations")
    def register(request: Request, raw: RawBody) -> Response:
        faults = vendor.faults()
        if faults.slow_ms:
            sleep(faults.slow_ms / 1000)
        if vendor.faults().is_down(vendor.clock()):
            vendor.note("received", _WHAT, status=503, note="down")
            return PlainTextResponse("Service Unavailable", 503)
        try:
            body = accept(vendor.settings, vendor.clock(), request.headers, raw)
        except Refused as refusal:
            vendor.note("received", _WHAT, status=refusal.status, note=refusal.reason)
            return JSONResponse({"error": refusal.reason}, refusal.status)
        return _answer(vendor, body)

    return router


def _answer(vendor: Vendor, body: dict[str, object]) -> Response:
    kind, code = vendor.take_fault()
    spoilt: Response | None = None
    if kind == "status":
        spoilt = JSONResponse({"error": "ordered by a fault"}, code)
    elif kind == "error_page":
        spoilt = HTMLResponse(_ERROR_PAGE, 500)
    elif kind == "garbage":
        spoilt = Response(b'{"ssiRecordLocator": "\xff\x00', 200, media_type="application/json")
    exam_code = str(body["examCode"])
    if spoilt is not None:
        note = f"fault: {kind}, nothing registered"
        vendor.note("received", _WHAT, code=exam_code, status=spoilt.status_code, note=note)
        return spoilt
    record, duplicate = vendor.add(body)
    notes = ["duplicate exam code, another record made"] if duplicate else []
    answer: dict[str, object] = {"ssiRecordLocator": record.locator}
    if kind == "answer_without_locator":
        notes.append("fault: answered without a locator")
        answer = {}
    vendor.note("received", _WHAT, code=exam_code, status=200, note="; ".join(notes))
    return JSONResponse(answer)
