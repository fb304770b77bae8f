"""``proctor-hub worker``: a process that delivers, does rounds and runs jobs, without web."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Annotated

import typer

from proctor_hub import logs
from proctor_hub.app import build_crew, build_hub, prepare_database
from proctor_hub.cli.watching import watched
from proctor_hub.cli.working import GIVEN_UP, at_work, end_now
from proctor_hub.settings import HubSettings


def worker(
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Serve /metrics, /healthz and /readyz there; 0: any free port."
        ),
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="The address for them.")] = "127.0.0.1",
) -> None:
    """Deliver, sweep and run jobs until interrupted; a second signal ends it at once.

    On PostgreSQL there may be many; an embedded database has one process that works.
    """
    settings = HubSettings.load()
    prepare_database(settings)
    hub = build_hub(settings)
    try:
        crew = build_crew(settings, hub)
        told = _told_to_stop()
        name = crew.join()
        logs.configure()  # from here on, what goes wrong is for the log's readers
        shown: AbstractContextManager[str] = nullcontext("")
        if metrics_port is not None:
            shown = watched(settings, hub, metrics_host, metrics_port)
        with shown as address, at_work(crew, on_lost=told.set):
            seen = f", metrics at {address}/metrics" if address else ""
            typer.echo(f"proctor-hub worker {name} works{seen}", err=True)
            told.wait()
    finally:
        hub.database.close()
    if crew.lost:
        end_now(GIVEN_UP)
    if not crew.drained:
        end_now(0)


def _told_to_stop() -> threading.Event:
    """Set by the first signal to end; the second one ends the process there and then."""
    told = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            os._exit(128 + number)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return told
