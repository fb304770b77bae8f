"""The queue of jobs: what may be put in, what is seen of it, what is put back and forgotten."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.membership import Membership
from proctor_hub.jobs.rounds import prune_jobs
from proctor_hub.services import pacing
from proctor_hub.services.errors import Forbidden, Invalid
from proctor_hub.services.jobs import list_jobs, retry_job
from proctor_hub.storage import jobs as store
from tests.jobs.job_support import Seen, begin, finished, rows, running
from tests.plans import watching
from tests.support import LMS, OPERATOR, FakeClock, a_hub


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


def test_forgetting_jobs_ends_after_the_piece_in_hand(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_hub.jobs.rounds._JOBS_AT_ONCE", 1)
    seen, clock = Seen(), FakeClock(datetime.now(UTC) + timedelta(days=60))
    job = Job(name="short", run=seen.work, about="is short")
    with a_hub(database_url, jobs=catalogue(job), clock=clock) as hub:
        with running(hub, job):
            for key in ("one", "two"):
                hub.database.write(lambda conn, key=key: hub.jobs.enqueue(conn, "short", key=key))
            finished(hub, 2)
        with pacing.until(lambda: True):
            assert prune_jobs(hub) == 1
        assert prune_jobs(hub) == 1


def test_what_is_asked_again_and_again_reads_no_done_jobs(database_url: str) -> None:
    with a_hub(database_url, jobs=catalogue()) as hub:
        with watching() as seen:
            with hub.database.read() as conn:
                store.begun_by(conn, "w1")
                store.counts(conn)
                store.late(conn, {"make_report": 3600.0})
            hub.database.write(lambda conn: store.put_back_of_dead(conn, 30.0))
            hub.database.write(lambda conn: store.prune(conn, hub.now(), 5))
        made = [one for one in seen.made if "workflow_status" in one[0]]
        assert len(made) == 8
        embedded = hub.database.dialect == "sqlite"
        words = "EXPLAIN QUERY PLAN " if embedded else "EXPLAIN "
        with hub.database.engine.connect() as conn:
            if not embedded:
                conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
            for text, values in made:
                lines = conn.exec_driver_sql(words + text, values)
                plan = "\n".join(str(line[-1]) for line in lines)
                assert "idx_workflow_status_" in plan, f"{text}\n{plan}"
