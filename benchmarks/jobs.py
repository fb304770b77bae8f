"""Durable jobs per second end to end: queued in a transaction, run by one process and by several.

Run as ``python -m benchmarks.jobs`` it is a worker of its own, which knows the one job that is
measured.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import sqlalchemy as sa

from benchmarks.commits import raw_commits
from benchmarks.databases import fresh
from benchmarks.effects import CREWS, share
from benchmarks.results import Figure
from benchmarks.site import configuration, workers
from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.services.hub import Hub
from proctor_hub.storage import jobs as store
from proctor_hub.storage.engine import Database
from proctor_hub.storage.jobs import JobStatus

JOBS = 1_000
PER_COMMIT = 20
_AT_ONCE = 16
_PATIENCE_S = 180.0


def nothing(_hub: Hub, _number: int) -> None:
    """The job: what is measured is the engine, not the work."""


KNOWN = catalogue(Job(name="bench_nothing", run=nothing, about="nothing", at_once=_AT_ONCE))


def measure() -> Iterator[Figure]:
    """Each crew on a database of its own, all jobs waiting when it begins to be timed."""
    for engine, count in CREWS:
        with fresh(engine) as url, configuration(url) as config:
            raw = raw_commits(url, processes=1, seconds=2.0)
            database = Database(url)
            try:
                with workers(config, count, module="benchmarks.jobs"):
                    share(database, count)
                    began = time.monotonic()
                    _queue(database)
                    queued = time.monotonic()
                    _wait(database)
                    ended = time.monotonic()
            finally:
                database.close()
        rate = JOBS / (ended - began)
        yield Figure(
            part="jobs", database=engine, name=f"done, {count} worker{'s' * (count > 1)}",
            value=rate, unit="jobs/s",
            detail=f"{100 * rate / raw:.1f} % of the raw commits of one connection ({raw:,.0f}/s); "
            f"{JOBS:,} jobs, {_AT_ONCE} at once per worker; queued in {queued - began:.1f} s",
        )  # fmt: skip


def _queue(database: Database) -> None:
    queue = JobQueue(database, KNOWN)
    for first in range(0, JOBS, PER_COMMIT):

        def unit(conn: sa.Connection, first: int = first) -> None:
            for number in range(first, first + PER_COMMIT):
                queue.enqueue(conn, "bench_nothing", number, key=f"bench:{number}")

        database.write(unit)


def _wait(database: Database) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with database.read() as conn:
            open_ones = sum(one.count for one in store.counts(conn))
        if not open_ones:
            with database.read() as conn:
                done = store.newest_first(conn, status=JobStatus.DONE, before=None, count=JOBS + 1)
            if len(done) != JOBS:
                raise SystemExit(f"{len(done)} of {JOBS} jobs are done, and none is open")
            return
        time.sleep(0.05)
    raise SystemExit(f"{open_ones} of {JOBS} jobs were still open after {_PATIENCE_S:.0f} s")


if __name__ == "__main__":
    from proctor_hub.cli.worker import work

    sys.exit(work(jobs=KNOWN))  # type: ignore[func-returns-value]
