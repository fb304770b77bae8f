"""The outermost layer of every request: an id, a size limit, one line of log, no traceback out.

Pure ASGI, so that a streamed body is counted while it comes and nothing is buffered twice. Logs
carry no query strings (they may hold tokens), no bodies and no personal data.
"""

from __future__ import annotations

import re
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proctor_hub.services import trace
from proctor_hub.web.problems import of_http, problem

_LOG = structlog.get_logger("proctor_hub.web")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOGGED_PARAMETERS = ("course_id", "attempt_code", "external_id", "exam_id")
_SHOWN_FRAMES = 6
_DIGITS = 18
"""Of a length that a body can have."""
# Made of nothing but itself: what makes the other pages may be what failed.
_FAILED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The hub failed</title><link rel="icon" href="data:,"></head>
<body><main><h1>The hub failed</h1>
<p>Nothing of what you sent was half done. Load the page again; if it fails again, tell the hub's
operator this number: {request_id}</p></main></body></html>
"""


class Guard:
    """Wraps the application.

    :param limit_of: path → how many bytes a body there may have.
    """

    def __init__(self, app: ASGIApp, limit_of: Callable[[str], int]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other kinds of connections pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        bound = structlog.contextvars.bound_contextvars(request_id=exchange.request_id)
        with bound, trace.collected() as fields:
            try:
                limited = self._limited(scope, receive)
                await self._app(scope, limited, exchange.send)
            except HTTPException as error:
                await exchange.answer(of_http(error), receive)
            # The last resort: whatever it is, the caller gets a problem and the log where it was.
            except Exception as error:
                _log_defect(error)
                await exchange.answer(_failed(scope, exchange.request_id), receive)
            exchange.log(fields)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        limit = self._limit_of(scope["path"])
        declared = Headers(scope=scope).get("content-length", "")
        # Counted first: Python refuses to read thousands of digits.
        digits = declared if declared.isascii() and declared.isdecimal() else "0"
        if len(digits) > _DIGITS or int(digits) > limit:
            raise _too_large(limit)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
            return message

        return counted


class _Exchange:
    """One request and what was answered."""

    def __init__(self, scope: Scope, send: Send) -> None:
        given = Headers(scope=scope).get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self._scope = scope
        self._send = send
        self._status = 0
        self._began = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Pass a message on; note the status and add the request id."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    async def answer(self, response: Any, receive: Receive) -> None:
        """Send ``response``, unless one has begun: then the connection just ends."""
        if self._status == 0:
            await response(self._scope, receive, self.send)

    def log(self, fields: Mapping[str, object]) -> None:
        """One line: what was asked, by template, and what came of it."""
        parameters = self._scope.get("path_params") or {}
        route = self._scope.get("route")
        _LOG.info(
            "request",
            method=self._scope["method"],
            route=getattr(route, "path", "unmatched"),
            status=self._status,
            ms=round((time.perf_counter() - self._began) * 1000, 1),
            **{name: parameters[name] for name in _LOGGED_PARAMETERS if name in parameters},
            **fields,
        )


def _failed(scope: Scope, request_id: str) -> Response:
    if "text/html" in Headers(scope=scope).get("accept", ""):
        policy = {"Content-Security-Policy": "default-src 'none'; img-src data:"}
        return HTMLResponse(_FAILED.format(request_id=request_id), 500, policy)
    detail = "The hub failed; tell its operator the request id."
    return problem(500, "internal_error", detail, request_id=request_id)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413,
        f"The body is over the limit of {limit} bytes; nothing was changed.",
        headers={"Connection": "close"},
    )


def _log_defect(error: Exception) -> None:
    # The message may quote what was sent or stored; the place is enough to find the defect.
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    _LOG.error(
        "request_failed",
        error=type(error).__name__,
        cause=type(error.__cause__).__name__ if error.__cause__ else None,
        at=[f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames],
    )
