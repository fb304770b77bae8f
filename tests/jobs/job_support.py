"""A job that remembers what it was given, and an engine to run it in a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.engine import Engine
from proctor_hub.services.hub import Hub
from proctor_hub.storage import jobs as store
from proctor_hub.storage.jobs import JobStatus


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


def begin(hub: Hub, key: str, worker: str) -> None:
    """As DBOS marks a job that ``worker`` claims."""
    schema = "dbos." if hub.database.dialect == "postgresql" else ""
    hub.database.write(
        lambda conn: conn.exec_driver_sql(
            f"UPDATE {schema}workflow_status SET status = 'PENDING', executor_id = '{worker}',"
            f" owner_xid = 'x', started_at_epoch_ms = created_at WHERE workflow_uuid = '{key}'"
        )
    )
