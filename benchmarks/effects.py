"""Effects delivered per second, from the outbox to the LMS, by one process and by several."""

from __future__ import annotations

import time
from collections.abc import Iterator

import requests
import sqlalchemy as sa

from benchmarks.backlog import put
from benchmarks.bare import THREADS, bare_posts
from benchmarks.databases import fresh
from benchmarks.results import Figure
from benchmarks.sink import told, wait_for
from benchmarks.site import configuration, sink, workers
from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import claims

EVENTS = 8_000
CREWS = (("sqlite", 1), ("postgresql", 1), ("postgresql", 2), ("postgresql", 4))
_PATIENCE_S = 120.0


def measure() -> Iterator[Figure]:
    """Each crew with a backlog of its own; the bare loop to the same sink for comparison."""
    with sink() as url:
        bare = bare_posts(url)
        yield Figure(
            part="effects", name="bare loop", value=bare, unit="events/s",
            detail=f"{THREADS} threads posting to the same sink, nothing else",
        )  # fmt: skip
        for engine, count in CREWS:
            yield _crew(engine, count, url, bare)


def _crew(engine: str, count: int, url: str, bare: float) -> Figure:
    with fresh(engine) as database_url, configuration(database_url, lms=url) as config:
        database = Database(database_url)
        try:
            with workers(config, count):
                share(database, count)
                _forget(url)
                began = time.time()
                put(database, EVENTS)
                found = wait_for(url, EVENTS, _PATIENCE_S)
        finally:
            database.close()
    rate = EVENTS / (found["last"] - began)
    return Figure(
        part="effects", database=engine, name=f"delivered, {count} worker{'s' * (count > 1)}",
        value=rate, unit="events/s",
        detail=f"{100 * rate / bare:.0f} % of the bare loop; {EVENTS:,} events in "
        f"{EVENTS // 4:,} streams, signed, in order; {found['repeated']} repeated",
    )  # fmt: skip


def share(database: Database, count: int) -> None:
    """Wait until so many workers have work of their own."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with database.read() as conn:
            found = conn.scalar(sa.select(sa.func.count(claims.c.worker.distinct())))
        if found == count:
            return
        time.sleep(0.2)
    raise SystemExit(f"{count} workers did not share the work in {_PATIENCE_S:.0f} s")


def _forget(url: str) -> None:
    requests.delete(url, timeout=10).raise_for_status()
    assert told(url)["events"] == 0
