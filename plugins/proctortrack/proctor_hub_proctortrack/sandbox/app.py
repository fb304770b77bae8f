"""The sandbox as an ASGI application."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from . import api_attempts, api_exams, api_people, control, dashboard, page
from .journal import Entry
from .launch import LaunchRefusedError
from .pages import message_page
from .settings import SandboxSettings
from .store import UnknownIdError
from .world import World, build_world

_SESSION_KEY = re.compile(r"^/dashboard/[^/]+")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers would then send our own forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def create_app(
    settings: SandboxSettings,
    *,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> FastAPI:
    """A sandbox of its own, empty; `clock` gives its time (aware, UTC), `sleep` slows it down."""
    app = FastAPI(title="Proctortrack sandbox", docs_url=None, redoc_url=None)
    world = build_world(settings, clock, sleep)
    app.state.world = world
    app.middleware("http")(_door(world))
    app.add_exception_handler(UnknownIdError, _unknown_id)
    app.add_exception_handler(LaunchRefusedError, _launch_refused)
    for module in (api_exams, api_attempts, api_people, dashboard, control, page):
        app.include_router(module.router)
    app.include_router(api_exams.token_router)
    return app


def _door(
    world: World,
) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    """The middleware: faults strike here, before any check; every vendor call is journalled."""

    async def door(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        path = request.url.path
        is_token_call = path == api_exams.TOKEN_PATH
        is_api_call = path.startswith("/api/") or is_token_call
        status = 500
        try:
            failed = await _strike(world, is_token_call) if is_api_call else None
            response = failed or await call_next(request)
            status = response.status_code
            for name, value in _SECURITY_HEADERS.items():
                response.headers.setdefault(name, value)
            return response
        finally:
            if is_api_call or path.startswith(("/launch/", "/dashboard/", "/download")):
                _journal(world, request, status)

    return door


async def _strike(world: World, is_token_call: bool) -> Response | None:
    """Wait if answers are to be slow, then give the failing answer, if any."""
    delay = world.faults.delay_s()
    if delay:
        await run_in_threadpool(world.sleep, delay)
    return world.faults.answer(now=world.clock(), is_token_call=is_token_call)


def _journal(world: World, request: Request, status: int) -> None:
    """Note a received request, without its query (it may hold a signed link) or session key."""
    path = _SESSION_KEY.sub("/dashboard/…", request.url.path)[:500]
    world.journal.add(
        Entry(at=world.clock(), direction="in", method=request.method, path=path, status=status)
    )


def _unknown_id(request: Request, error: Exception) -> Response:
    """404 that names what is unknown, as a page where a person is reading."""
    if request.url.path.startswith(("/launch/", "/dashboard/", "/steer/")):
        return message_page("Not found", str(error), 404)
    return JSONResponse({"detail": str(error)}, status_code=404)


def _launch_refused(_request: Request, error: Exception) -> Response:
    """403 page with the reason."""
    return message_page("This link does not open the dashboard", str(error), 403)
