"""A third vendor for what the two do not have: a form to post, and software with a heartbeat."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, PlainTextResponse

from proctor_hub import Attempt, FormPostPlan, HeartbeatPlan, LaunchPlan, OnLoss, hookimpl
from proctor_hub.testing.fake_vendor import FakeSettings, FakeVendor
from proctor_hub.testing.serving import address_of, open_door, port_of, serving

ACME = "acme"
GRACE = timedelta(minutes=5)
TICKET = 'a "b" & <c>'


class AcmeSettings(FakeSettings):
    """``on_loss``: what follows when its software is lost."""

    on_loss: OnLoss = OnLoss.SUBMIT


class AcmeVendor(FakeVendor):
    """Its launch is a form for its own page."""

    Settings = AcmeSettings
    settings: AcmeSettings

    @hookimpl
    def launch_session(self, attempt: Attempt) -> LaunchPlan:
        """A form with a field that must arrive as it is."""
        return FormPostPlan(
            url=self.settings.base_url + "/enter",
            fields={"ticket": TICKET},
            instructions=("Press the button.", "Show your room.", "Come back here."),
        )

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        """Every 10 s, and so long a grace that a busy machine is within it."""
        plan = super().heartbeat_plan()
        return HeartbeatPlan(
            interval=plan.interval, url=plan.url, grace=GRACE, on_loss=self.settings.on_loss
        )


class Software:
    """What runs on the learner's machine and answers the exam page.

    :ivar asked: how often it was.
    """

    def __init__(self) -> None:
        """It is installed; :meth:`start` has it listen."""
        self.asked = 0
        door = open_door()
        self._port = port_of(door)
        self.url = address_of(door) + "/alive"
        door.close()
        self._running: AbstractContextManager[None] | None = None

    def start(self) -> None:
        """It listens, again at the same address."""
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

        @app.get("/alive")
        def alive() -> PlainTextResponse:
            self.asked += 1
            return PlainTextResponse("yes")

        door = socket.create_server(("127.0.0.1", self._port), backlog=128)
        self._running = serving(app, door)
        self._running.__enter__()

    def stop(self) -> None:
        """It is closed, or crashes; may be called again."""
        if self._running is not None:
            self._running.__exit__(None, None, None)
        self._running = None


@contextmanager
def software() -> Iterator[Software]:
    """Software that runs."""
    made = Software()
    made.start()
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def entrance(posted: list[dict[str, str]]) -> Iterator[str]:
    """The vendor's own page, and its address; what browsers post is added to ``posted``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/enter")
    async def enter(request: Request) -> HTMLResponse:
        form = await request.form()
        posted.append({name: str(value) for name, value in form.items()})
        return HTMLResponse('<link rel="icon" href="data:,"><h1>Show your room</h1>')

    door = open_door()
    with serving(app, door):
        yield address_of(door)
