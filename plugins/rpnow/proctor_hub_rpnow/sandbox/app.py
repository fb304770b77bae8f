"""The sandbox as an application, and as a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from .api import registration_router
from .pages import page_router
from .settings import Clock, SandboxSettings, settings_from, utc_now
from .steering import steering_router
from .vendor import Refused, Vendor


def create_app(
    settings: SandboxSettings,
    clock: Clock = utc_now,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> FastAPI:
    """A vendor with an empty memory; `clock` gives aware UTC datetimes, `sleep` takes seconds."""
    vendor = Vendor(settings, clock)
    app = FastAPI(title="RPNow sandbox", docs_url=None, redoc_url=None)
    app.include_router(registration_router(vendor, sleep))
    app.include_router(steering_router(vendor))
    app.include_router(page_router(vendor))

    @app.exception_handler(Refused)
    def refused(_request: Request, refusal: Refused) -> Response:
        return JSONResponse({"error": refusal.reason}, refusal.status)

    return app


def run(host: str, port: int, options: Mapping[str, str]) -> None:
    """Serve the sandbox until it is stopped (entry point `proctor_hub.sandboxes`: `rpnow`).

    `options` as in `settings_from` (else `RPNOW_SANDBOX_*`, else demo values); raises
    ValueError, naming the option, before anything listens.
    """
    settings = settings_from(options)
    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning")
