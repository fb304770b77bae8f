"""``proctor-hub worker``: a process that delivers, does rounds and runs jobs, without web."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from proctor_hub import logs
from proctor_hub.app import build_crew, build_hub, prepare_database
from proctor_hub.cli.watching import watched
from proctor_hub.cli.working import GIVEN_UP, at_work, end_now
from proctor_hub.jobs.catalogue import JOBS, Job
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
    """Deliver, do rounds and run jobs until interrupted; a second signal ends it at once.

    On PostgreSQL there may be many; an embedded database has one process that works.
    """
    work(metrics_port, metrics_host)


def work(
    metrics_port: int | None = None,
    metrics_host: str = "127.0.0.1",
    jobs: Mapping[str, Job] = JOBS,
) -> None:
    """What the command does, with these ``jobs``.

    :raises ConfigurationError: the configuration cannot be used, or another process works already.
    """
    settings = HubSettings.load()
    prepare_database(settings)
    hub = build_hub(settings)
    crew = build_crew(settings, hub, jobs)
    try:
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
        crew.leave()
        hub.database.close()
    if crew.lost:
        end_now(GIVEN_UP)
    if not crew.drained:
        end_now(0)


def _told_to_stop() -> threading.Event:
    """Set by the first signal to end; the second one ends the process there and then.

    Watched by a thread: the main one may wait for something else and be told too late.
    """
    told = threading.Event()
    numbers, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)

    def watch() -> None:
        while True:
            number = os.read(numbers, 1)[0]
            if told.is_set():
                os._exit(128 + number)
            told.set()

    threading.Thread(target=watch, name="signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Something has to be called for the pipe to be written to.
        signal.signal(number, lambda _number, _frame: None)
    return told
