"""The FastAPI application of one hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI

import proctor_hub
from proctor_hub.jobs.overview import Lookout
from proctor_hub.services.hub import Hub
from proctor_hub.web import (
    health,
    metrics,
    openapi,
    problems,
    report_download,
    token_endpoint,
)
from proctor_hub.web.api import (
    allowances,
    attempts,
    courses,
    deliveries,
    exams,
    jobs,
    migration,
    onboarding,
    operations,
    people,
    reports,
    retirements,
    reviews,
    rules,
    sessions,
)
from proctor_hub.web.callbacks import callback_routes, is_callback_path
from proctor_hub.web.context import WebSettings
from proctor_hub.web.foreign_ids import WholeParts
from proctor_hub.web.guard import Guard
from proctor_hub.web.pages import (
    course,
    entering,
    exam_window,
    learner,
    operator,
    route,
    static_files,
)
from proctor_hub.web.pages import support as support_pages

API = "/api/v1"
SUBJECTS: tuple[APIRouter, ...] = (
    courses.router,
    migration.router,
    exams.router,
    people.router,
    allowances.router,
    onboarding.router,
    attempts.router,
    reviews.router,
    sessions.router,
    reports.router,
    rules.router,
    retirements.router,
    deliveries.router,
    operations.router,
    jobs.router,
)

ROOMS: tuple[APIRouter, ...] = (
    static_files.router,
    entering.router,
    exam_window.router,
    *learner.ROUTERS,
    *course.ROUTERS,
    *support_pages.ROUTERS,
    *operator.ROUTERS,
)


def application(
    hub: Hub,
    *,
    web: WebSettings | None = None,
    threads: int = 32,
    callback_threads: int = 16,
    running: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> FastAPI:
    """The whole web floor over ``hub``.

    :param threads: requests served at once. :param callback_threads: callbacks, besides.
    :param running: entered at start-up, left at shutdown: the relays and jobs of this process.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        beside = running()
        await anyio.to_thread.run_sync(beside.__enter__)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(app.state.callback_workers.shutdown)
            await anyio.to_thread.run_sync(beside.__exit__, None, None, None)

    app = FastAPI(
        title="proctor_hub",
        version=proctor_hub.__version__,
        description=openapi.DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        # Looking for a tracer at each request costs one in twenty; nobody has configured one.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        generate_unique_id_function=lambda route: route.name,
        separate_input_output_schemas=False,
    )
    app.state.hub = hub
    app.state.web = web or WebSettings()
    app.state.lookout = Lookout(hub, app.state.web.endpoints)
    # Threads of their own: learners who wait for a slow vendor must not make its callbacks wait.
    app.state.callback_workers = ThreadPoolExecutor(callback_threads, thread_name_prefix="callback")
    # First, since they are the most and the most urgent; no other path can be one of them.
    app.router.routes.extend(callback_routes(hub))
    for subject in SUBJECTS:
        app.include_router(subject, prefix=API)
    app.include_router(token_endpoint.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    for room in ROOMS:
        app.include_router(room)
    app.include_router(report_download.router)
    problems.install(app)
    route.install(app)
    openapi.install(app, API)
    limits = hub.limits
    app.add_middleware(WholeParts, except_for=lambda path: is_callback_path(hub, path))
    app.add_middleware(
        Guard,
        limit_of=lambda path: (
            limits.callback_bytes if is_callback_path(hub, path) else limits.body_bytes
        ),
    )
    return app


def watch_application(hub: Hub, *, web: WebSettings) -> FastAPI:
    """``/healthz``, ``/readyz`` and ``/metrics`` alone, for a process without a web floor."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.hub = hub
    app.state.web = web
    app.state.lookout = Lookout(hub, web.endpoints)
    app.include_router(health.router)
    app.include_router(metrics.router)
    problems.install(app)
    app.add_middleware(Guard, limit_of=lambda _: hub.limits.body_bytes)
    return app
