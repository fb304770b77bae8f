"""The job engine: what is put into the queue in a transaction runs, once in effect."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.engine import Engine
from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.services.hub import Hub
from proctor_hub.storage import jobs as store
from proctor_hub.storage.jobs import JobStatus
from tests.support import a_hub


@dataclass
class Seen:
    calls: list[tuple[object, ...]] = field(default_factory=list)
    failing: int = 0
    bell: threading.Condition = field(default_factory=threading.Condition)

    def work(self, hub: Hub, *args: str | int) -> None:
        assert isinstance(hub, Hub)
        with self.bell:
            self.calls.append(args)
            self.bell.notify_all()
            if len(self.calls) <= self.failing:
                raise RuntimeError(f"secret {args}")

    def wait(self, count: int) -> list[tuple[object, ...]]:
        with self.bell:
            assert self.bell.wait_for(lambda: len(self.calls) >= count, timeout=20), self.calls
            return list(self.calls)


@contextmanager
def running(hub: Hub, *jobs: Job) -> Iterator[Engine]:
    engine = Engine(hub, catalogue(*jobs), poll_seconds=0.02)
    engine.start("w1")
    try:
        yield engine
    finally:
        assert engine.stop(10)


def rows(hub: Hub) -> list[store.JobRow]:
    with hub.database.read() as conn:
        return store.newest_first(conn, status=None, before=None, count=100)


def finished(hub: Hub, count: int = 1) -> list[store.JobRow]:
    pause = threading.Event()
    for _ in range(1000):
        found = rows(hub)
        if len([r for r in found if r.status in (JobStatus.DONE, JobStatus.FAILED)]) >= count:
            return found
        pause.wait(0.02)
    raise AssertionError(found)


def test_a_job_runs_if_and_only_if_its_transaction_commits(database_url: str) -> None:
    seen = Seen()
    job = Job(name="count_up", run=seen.work, about="counts")
    with a_hub(database_url) as hub:
        queue = JobQueue(hub.database, catalogue(job))

        def aborted(conn: sa.Connection) -> None:
            queue.enqueue(conn, "count_up", 1, key="one")
            raise LookupError

        with pytest.raises(LookupError):
            hub.database.write(aborted)
        assert rows(hub) == []
        hub.database.write(lambda conn: queue.enqueue(conn, "count_up", 2, "b", key="two"))
        with running(hub, job):
            assert seen.wait(1) == [(2, "b")]
            (row,) = finished(hub)
        assert (row.key, row.job, row.status, row.starts) == ("two", "count_up", "done", 1)
