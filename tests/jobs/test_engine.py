"""The job engine: what is put into the queue in a transaction runs, once in effect."""

from __future__ import annotations

import base64
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.engine import Engine
from proctor_hub.jobs.membership import Membership
from proctor_hub.services import trace
from proctor_hub.services.audit import list_audit
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Hub
from proctor_hub.services.jobs import list_jobs, retry_job
from proctor_hub.storage import jobs as store
from proctor_hub.storage.jobs import JobStatus
from tests.support import LMS, OPERATOR, a_hub


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
    with a_hub(database_url, jobs=catalogue(job)) as hub:

        def aborted(conn: sa.Connection) -> None:
            hub.jobs.enqueue(conn, "count_up", 1, key="one")
            raise LookupError

        with pytest.raises(LookupError):
            hub.database.write(aborted)
        assert rows(hub) == []
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "count_up", 2, "b", key="two"))
        with running(hub, job):
            assert seen.wait(1) == [(2, "b")]
            (row,) = finished(hub)
        assert (row.key, row.job, row.status, row.starts) == ("two", "count_up", "done", 1)


def test_a_job_is_tried_again_then_failed_then_retried_by_an_operator(database_url: str) -> None:
    seen = Seen(failing=2)
    job = Job(name="stumble", run=seen.work, about="stumbles", attempts=2, pause_seconds=0.01)
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "stumble", "x", key="k"))
        with running(hub, job):
            (row,) = finished(hub)
            assert (row.status, row.error) == ("failed", "RuntimeError (tried 2 times)")
            assert len(seen.calls) == 2
            with pytest.raises(NotFound):
                retry_job(hub, OPERATOR, "other")
            again = retry_job(hub, OPERATOR, "k")
            assert (again.status, again.error) == ("queued", "")
            seen.wait(3)
            (row,) = finished(hub)
            assert (row.status, row.error, len(seen.calls)) == ("done", "", 3)
            with pytest.raises(Conflict):
                retry_job(hub, OPERATOR, "k")
        assert [entry.action for entry in list_audit(hub, OPERATOR).items] == ["job.retried"]


def test_a_key_that_was_used_runs_once(database_url: str) -> None:
    seen = Seen()
    job = Job(name="only_once", run=seen.work, about="counts")
    other = Job(name="another", run=seen.work, about="counts")
    with a_hub(database_url, jobs=catalogue(job, other)) as hub, running(hub, job, other):
        put = partial(hub.jobs.enqueue, job="only_once", key="k")
        hub.database.write(lambda conn: put(conn))
        finished(hub)
        hub.database.write(lambda conn: put(conn))
        with pytest.raises(ValueError, match="another job's"):
            hub.database.write(lambda conn: hub.jobs.enqueue(conn, "another", key="k"))
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "another", key="last"))
        finished(hub, 2)
        assert len(seen.calls) == 2


def test_two_transactions_at_once_may_use_one_key(database_url: str) -> None:
    seen = Seen()
    job = Job(name="only_once", run=seen.work, about="counts")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        gate = threading.Barrier(8)

        def put(_number: int) -> None:
            gate.wait()
            hub.database.write(lambda conn: hub.jobs.enqueue(conn, "only_once", key="k"))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, range(8)))
        with running(hub, job):
            finished(hub)
        assert (len(seen.calls), len(rows(hub))) == (1, 1)


def test_what_nobody_could_run_is_refused(database_url: str) -> None:
    job = Job(name="known", run=Seen().work, about="is known")
    with a_hub(database_url, jobs=catalogue(job)) as hub:

        def refused(
            kind: type[Exception], *args: object, job: str = "known", key: str = "k"
        ) -> None:
            with pytest.raises(kind):
                hub.database.write(lambda conn: hub.jobs.enqueue(conn, job, *args, key=key))

        refused(LookupError, job="unknown")
        refused(ValueError, key=" ")
        refused(ValueError, key="k" * 201)
        refused(ValueError, None)
        refused(ValueError, True)
        refused(ValueError, ["list"])
        assert rows(hub) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "Big"},
        {"name": "a b"},
        {"attempts": 0},
        {"at_once": 0},
        {"pause_seconds": 0.0},
        {"patience_seconds": -1.0},
    ],
)
def test_a_catalogue_with_a_bad_job_is_refused(bad: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "good", "run": print, "about": ""}
    with pytest.raises(ValueError):
        catalogue(Job(**{**good, **bad}))
    with pytest.raises(ValueError):
        catalogue(Job(**good), Job(**good))


def test_a_job_of_a_newer_version_waits_for_who_knows_it(database_url: str) -> None:
    seen = Seen()
    old = Job(name="old_job", run=seen.work, about="is old")
    new = Job(name="new_job", run=seen.work, about="is new")
    with a_hub(database_url, jobs=catalogue(old, new)) as hub:
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "new_job", "n", key="n"))
        with running(hub, old):
            hub.database.write(lambda conn: hub.jobs.enqueue(conn, "old_job", "o", key="o"))
            finished(hub)
        assert seen.calls == [("o",)]
        assert {row.key: row.status for row in rows(hub)} == {"o": "done", "n": "queued"}
        with hub.database.read() as conn:
            known = store.late(conn, {"old_job": 3600.0, "new_job": 3600.0})
            unknown = store.late(conn, {"old_job": 3600.0})
        assert known == []
        assert [(late.key, late.status) for late in unknown] == [("n", "queued")]
        with running(hub, old, new):
            finished(hub, 2)


def test_a_delayed_job_waits_and_is_not_late_meanwhile(database_url: str) -> None:
    seen = Seen()
    job = Job(name="later", run=seen.work, about="waits")
    with a_hub(database_url, jobs=catalogue(job)) as hub, running(hub, job):
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "later", key="far", delay=3600))
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "later", key="soon", delay=0.2))
        finished(hub)
        assert {row.key: row.status for row in rows(hub)} == {"far": "queued", "soon": "done"}
        with hub.database.read() as conn:
            assert store.late(conn, {"later": 0.0}) == []
            (count,) = store.counts(conn)
        assert (count.job, count.status, count.count) == ("later", "queued", 1)


def test_a_pickle_in_the_database_is_not_read(database_url: str, tmp_path: Path) -> None:
    seen = Seen()
    job = Job(name="careful", run=seen.work, about="is careful")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "careful", key="k"))
        bomb = base64.b64encode(pickle.dumps(Bomb(tmp_path / "boom"))).decode()
        schema = "dbos." if hub.database.dialect == "postgresql" else ""
        hub.database.write(
            lambda conn: [
                conn.exec_driver_sql(text)
                for text in (
                    f"UPDATE {schema}workflow_status SET serialization = 'py_pickle'",
                    f"UPDATE {schema}workflow_input SET inputs = '{bomb}'",
                )
            ]
        )
        with running(hub, job):
            (row,) = finished(hub)
        assert (row.status, row.error) == (
            "failed",
            "a job's data must be JSON; a pickle is not read",
        )
        assert seen.calls == []
        assert not (tmp_path / "boom").exists()


@dataclass
class Bomb:
    path: Path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_what_a_dead_worker_had_begun_is_put_back_once(database_url: str) -> None:
    seen = Seen()
    job = Job(name="orphan", run=seen.work, about="was begun")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        for key in ("dead", "living"):
            hub.database.write(lambda conn, key=key: hub.jobs.enqueue(conn, "orphan", key=key))
        begin(hub, "dead", "w7")
        begin(hub, "living", "w1")
        living = Membership(hub.database, lease_seconds=60)
        assert living.join() == "w1"
        with ThreadPoolExecutor(4) as pool:
            taken = list(
                pool.map(
                    lambda _: hub.database.write(lambda conn: store.put_back_of_dead(conn, 60)),
                    range(4),
                )
            )
        assert sorted(taken) == [[], [], [], ["dead"]]
        assert {row.key: row.status for row in rows(hub)} == {"dead": "queued", "living": "running"}
        living.leave()


def test_what_was_claimed_and_never_begun_is_begun_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_hub.jobs.engine.STRAY_SECONDS", 0.0)
    seen = Seen()
    job = Job(name="stray", run=seen.work, about="strays")
    with a_hub(database_url, jobs=catalogue(job)) as hub, running(hub, job) as engine:
        member = Membership(hub.database, lease_seconds=60)
        assert member.join() == "w1"
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "stray", key="k", delay=3600))
        begin(hub, "k", "w1")
        assert engine.take_over(60) == 1
        finished(hub)
        assert len(seen.calls) == 1
        member.leave()


def begin(hub: Hub, key: str, worker: str) -> None:
    """As DBOS marks a job that ``worker`` claims."""
    schema = "dbos." if hub.database.dialect == "postgresql" else ""
    hub.database.write(
        lambda conn: conn.exec_driver_sql(
            f"UPDATE {schema}workflow_status SET status = 'PENDING', executor_id = '{worker}',"
            f" owner_xid = 'x', started_at_epoch_ms = created_at WHERE workflow_uuid = '{key}'"
        )
    )


def test_putting_back_does_what_the_engines_own_recovery_does(database_url: str) -> None:
    job = Job(name="orphan", run=Seen().work, about="was begun")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        for key in ("ours", "theirs"):
            hub.database.write(lambda conn, key=key: hub.jobs.enqueue(conn, "orphan", key=key))
            begin(hub, key, "w7")
        client = hub.jobs._the_client()  # type: ignore[attr-defined]
        assert client._sys_db.reenqueue_for_recovery("theirs", ["w7"], "none")
        hub.database.write(lambda conn: store.put_back(conn, frozenset({"ours"}), "w7"))
        schema = "dbos." if hub.database.dialect == "postgresql" else ""
        with hub.database.read() as conn:
            query = f"SELECT * FROM {schema}workflow_status ORDER BY workflow_uuid"
            ours, theirs = conn.exec_driver_sql(query).mappings()
        own = {"workflow_uuid", "created_at", "updated_at", "creator_xid"}
        assert {k: v for k, v in ours.items() if k not in own} == {
            k: v for k, v in theirs.items() if k not in own
        }
        assert abs(ours["updated_at"] - theirs["updated_at"]) < 60_000


def test_the_list_has_pages_and_a_filter(database_url: str) -> None:
    job = Job(name="listed", run=Seen().work, about="is listed")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        for number in range(5):
            hub.database.write(lambda conn, n=number: hub.jobs.enqueue(conn, "listed", key=f"k{n}"))
        begin(hub, "k3", "w1")
        found: list[str] = []
        cursor = None
        while True:
            page = list_jobs(hub, OPERATOR, cursor=cursor, limit=2)
            found += [row.key for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sorted(found) == [f"k{n}" for n in range(5)]
        assert [row.key for row in list_jobs(hub, OPERATOR, status="running").items] == ["k3"]
        with pytest.raises(Invalid):
            list_jobs(hub, OPERATOR, status="lost")
        with pytest.raises(Forbidden):
            list_jobs(hub, LMS)
        with pytest.raises(Forbidden):
            retry_job(hub, LMS, "k3")


def test_done_jobs_are_forgotten_and_failed_ones_kept(database_url: str) -> None:
    seen = Seen(failing=1)
    job = Job(name="short", run=seen.work, about="is short", attempts=1)
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        with running(hub, job):
            for key in ("bad", "good"):
                hub.database.write(lambda conn, key=key: hub.jobs.enqueue(conn, "short", key=key))
                finished(hub, 1 if key == "bad" else 2)
        soon, late = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
        assert hub.database.write(lambda conn: store.prune(conn, soon, 10)) == 0
        assert hub.database.write(lambda conn: store.prune(conn, late, 10)) == 1
        assert [row.key for row in rows(hub)] == ["bad"]


def test_jobs_log_the_id_of_the_request_that_made_them(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[str] = []
    job = Job(name="traced", run=lambda _hub: found.append(trace.current()), about="is traced")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        with structlog.contextvars.bound_contextvars(request_id="r-1"):
            hub.database.write(lambda conn: hub.jobs.enqueue(conn, "traced", key="k"))
        with running(hub, job):
            finished(hub)
    assert found == ["r-1"]
    assert "r-1" in capsys.readouterr().out


def test_a_process_that_counts_as_dead_begins_nothing(database_url: str) -> None:
    seen = Seen()
    asked = threading.Event()

    def lives() -> bool:
        asked.set()
        return False

    job = Job(name="waiting", run=seen.work, about="waits")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        engine = Engine(hub, catalogue(job), lives=lives, poll_seconds=0.02)
        engine.start("w1")
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "waiting", key="k"))
        assert asked.wait(20)
        assert engine.stop(10)
        assert seen.calls == []
        (row,) = rows(hub)
        assert row.status == "running"
        # This process's own, so it comes first when it starts again.
        with running(hub, job):
            finished(hub)
        assert len(seen.calls) == 1
