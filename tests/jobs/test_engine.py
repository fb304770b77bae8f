"""The job engine: what is put into the queue in a transaction runs, once in effect."""

from __future__ import annotations

import base64
import pickle
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.engine import Engine
from proctor_hub.jobs.membership import Membership
from proctor_hub.services import trace
from proctor_hub.services.audit import list_audit
from proctor_hub.services.errors import Conflict, NotFound
from proctor_hub.services.jobs import retry_job
from tests.jobs.job_support import Seen, begin, finished, rows, running
from tests.support import OPERATOR, a_hub


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


@dataclass
class Bomb:
    path: Path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))
