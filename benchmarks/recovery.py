"""After a SIGKILL: how long until the work of the dead process is done by another one."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.backlog import PER_STREAM, put
from benchmarks.databases import fresh
from benchmarks.effects import share
from benchmarks.results import Figure
from benchmarks.sink import wait_for
from benchmarks.site import configuration, sink, workers
from proctor_hub.storage.engine import Database

EVENTS = 400
LEASES = (3, 30)
"""Seconds; the second one is the default."""


def measure() -> Iterator[Figure]:
    """The embedded hub restarted by its supervisor; on PostgreSQL one of two workers killed."""
    yield _restart()
    for lease in LEASES:
        yield _takeover(lease)


def _restart() -> Figure:
    with sink() as lms, fresh("sqlite") as url, configuration(url, lms=lms) as config:
        database = Database(url)
        with workers(config, 1) as crew:
            share(database, 1)
            crew[0].kill()
            crew[0].wait()
            put(database, EVENTS)
            began = time.time()
            with workers(config, 1):
                found = wait_for(lms, EVENTS, 60)
        database.close()
    return Figure(
        part="recovery", database="sqlite", name="restarted after SIGKILL",
        value=found["last"] - began, unit="s",
        detail=f"from the new process's start until {EVENTS} events were delivered",
    )  # fmt: skip


def _takeover(lease: int) -> Figure:
    settings = {"PROCTOR_HUB_JOBS__LEASE_SECONDS": str(lease)}
    with (
        sink() as lms,
        fresh("postgresql") as url,
        configuration(url, lms=lms, settings=settings) as config,
    ):
        database = Database(url)
        with workers(config, 2) as crew:
            share(database, 2)
            crew[0].kill()
            crew[0].wait()
            began = time.time()
            put(database, EVENTS)
            found = wait_for(lms, EVENTS, 3 * lease + 60)
        database.close()
    return Figure(
        part="recovery", database="postgresql", name=f"taken over, lease {lease} s",
        value=found["last"] - began, unit="s",
        detail=f"one of two workers killed; until all of {EVENTS} events in "
        f"{EVENTS // PER_STREAM} streams were delivered; {found['repeated']} repeated",
    )  # fmt: skip
