"""How the hub is: counted along indexes, bounded, and honest about what is late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.destination import Destination
from proctor_hub.jobs.overview import Lookout, look, look_at_schema
from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.jobs.readiness import Finding, Fitness, findings, schema_finding, worst
from proctor_hub.services.breakers import THRESHOLD, State
from proctor_hub.services.hub import Hub
from proctor_hub.storage import overview as store
from proctor_hub.storage import workers
from proctor_hub.storage.jobs import JobStatus
from proctor_hub.storage.tables import outbox, schema_floor
from tests.jobs.support import Recorder, down, put
from tests.plans import plan
from tests.support import FakeClock, a_hub

LAG = timedelta(minutes=15)


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    with a_hub(database_url) as made:
        yield made


def clock_of(hub: Hub) -> FakeClock:
    assert isinstance(hub.now, FakeClock)
    return hub.now


def backlog(hub: Hub, destination: str = "lms") -> store.Backlog:
    return next(one for one in look(hub).backlogs if one.destination == destination)


def found(hub: Hub, name: str) -> Finding:
    return next(one for one in findings(look(hub), lag=LAG) if one.name == name)


def join(hub: Hub) -> str:
    return hub.database.write(
        lambda conn: workers.join(conn, nonce="n", seconds=30, host="h", version="1", alone=False)
    )


def deliver(hub: Hub, **failing: Any) -> Recorder:
    """One round of the LMS's relay; the streams named in ``failing`` are not taken."""
    way = Recorder()
    way.failing = {(stream, 1): error for stream, error in failing.items()}
    relay = Destination(hub, "lms", way.deliver)
    relay.run_once()
    relay.close()
    return way


def test_what_waits_is_told_from_what_failed_and_what_is_parked(hub: Hub) -> None:
    began = hub.now()
    for stream in ("a", "b", "c"):
        put(hub, stream, 1)
    put(hub, "c", 2)
    assert backlog(hub) == store.Backlog(
        destination="lms", waiting=4, oldest=began, due_since=began, parked=0, held=0
    )
    deliver(hub, b=down(), c=down(hopeless=True))
    for _ in range(4):
        clock_of(hub).move(hours=1)
        deliver(hub, b=down(), c=down(hopeless=True))
    seen = backlog(hub)
    assert (seen.waiting, seen.oldest, seen.due_since) == (1, began, None)
    assert (seen.parked, seen.held) == (1, 1)
    clock_of(hub).move(hours=1)
    with hub.database.read() as conn:
        due = conn.scalar(sa.select(outbox.c.next_try_at).where(outbox.c.stream == "b"))
    assert backlog(hub).due_since == due


def test_a_destination_that_is_late_fails_unless_its_breaker_says_why(hub: Hub) -> None:
    join(hub)
    put(hub, "a", 1)
    clock_of(hub).move(minutes=14)
    assert found(hub, "deliveries lms").state is Fitness.OK
    clock_of(hub).move(minutes=2)
    assert found(hub, "deliveries lms").state is Fitness.FAILED
    assert worst(findings(look(hub), lag=LAG)) is Fitness.FAILED
    for _ in range(THRESHOLD):
        hub.breakers.failed("lms", "answered 500")
    assert found(hub, "deliveries lms").state is Fitness.OK
    told = found(hub, "breaker lms")
    assert told.state is Fitness.DEGRADED
    assert "answered 500" in told.detail
    assert worst(findings(look(hub), lag=LAG)) is Fitness.DEGRADED


def test_one_row_that_is_refused_again_and_again_is_no_lag(hub: Hub) -> None:
    join(hub)
    put(hub, "a", 1)
    deliver(hub, a=down())
    for _ in range(20):
        clock_of(hub).move(minutes=16)
        deliver(hub, a=down())
    assert found(hub, "deliveries lms").state is Fitness.OK


def test_what_nothing_is_configured_for_is_a_persons_business(hub: Hub) -> None:
    join(hub)
    put(hub, "a", 1, destination="lms:old")
    clock_of(hub).move(days=1)
    told = found(hub, "deliveries lms:old")
    assert (told.state, "nothing of that name" in told.detail) == (Fitness.DEGRADED, True)


def test_parked_ones_need_a_person_and_no_worker_is_a_failure(hub: Hub) -> None:
    assert found(hub, "workers").state is Fitness.FAILED
    name = join(hub)
    assert found(hub, "workers").state is Fitness.OK
    assert look(hub).claims == {name: ()}
    put(hub, "a", 1)
    for _ in range(5):
        deliver(hub, a=down(hopeless=True))
        clock_of(hub).move(hours=1)
    told = found(hub, "deliveries lms")
    assert (told.state, told.detail.startswith("1 parked")) == (Fitness.DEGRADED, True)


def test_a_job_that_nobody_runs_is_a_failure_with_its_name(hub: Hub) -> None:
    join(hub)
    assert found(hub, "jobs").state is Fitness.OK
    queue = JobQueue(hub.database, catalogue(Job(name="forgotten", run=print, about="x")))
    hub.database.write(lambda conn: queue.enqueue(conn, "forgotten", 1, key="k"))
    told = found(hub, "jobs")
    assert told.state is Fitness.FAILED
    assert told.detail.startswith("1 late; forgotten “queued” since")
    (seen,) = look(hub).jobs
    assert (seen.job, seen.status, seen.count) == ("forgotten", JobStatus.QUEUED, 1)


def test_the_schema_fits_its_own_version_and_later_ones_that_allow_it(hub: Hub) -> None:
    assert schema_finding(look_at_schema(hub)).state is Fitness.OK

    def at(revision: str, floor: str) -> Fitness:
        def unit(conn: sa.Connection) -> None:
            conn.execute(sa.text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
            conn.execute(schema_floor.delete())
            conn.execute(schema_floor.insert().values(oldest=floor))

        hub.database.write(unit)
        return schema_finding(look_at_schema(hub)).state

    mine = look_at_schema(hub).revision
    try:
        assert at("9000", mine) is Fitness.OK
        assert at("9000", "8000") is Fitness.FAILED
        assert at("0001", "0001") is Fitness.FAILED
    finally:
        at(mine, "0004")  # the next test may be given the same database


def test_a_lookout_looks_once_a_moment_and_remembers_who_had_work(sqlite_url: str) -> None:
    with a_hub(sqlite_url) as hub:
        times = [0.0]
        lookout = Lookout(hub, fresh_seconds=5, monotonic=lambda: times[0])
        put(hub, "a", 1, destination="lms:old")
        first = lookout.look()
        hub.database.write(lambda conn: conn.execute(outbox.delete()))
        times[0] = 4.9
        assert lookout.look() is first
        times[0] = 5.0
        waiting = {one.destination: one.waiting for one in lookout.look().backlogs}
        assert waiting["lms:old"] == 0


def test_counts_end_at_their_bound(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_hub(sqlite_url) as hub:
        for number in range(5):
            put(hub, f"s{number}", 1)
        limited = store._WAITING_IDS.element.limit(3).subquery()  # type: ignore[attr-defined]
        monkeypatch.setattr(
            store,
            "_WAITING",
            sa.select(sa.func.count(), sa.func.min(limited.c.id)).select_from(limited),
        )
        assert backlog(hub).waiting == 3


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("_WAITING", {"destination": "lms"}, "ix_outbox_due"),
        ("_STOPPED", {"destination": "lms"}, "ix_outbox_due"),
        ("_UNTRIED", {"destination": "lms"}, "ix_outbox_due"),
        ("_PARKED", {"destination": "lms"}, "ix_outbox_parked"),
        ("_BY_STATUS", {}, "ix_attempts_open"),
        ("_QUARANTINED", {}, "ix_callbacks_quarantine"),
        ("_UNSETTLED", {"outcome": "unmatched"}, "ix_callbacks_outcome"),
        ("_PENDING_REPORTS", {}, "uq_reports_pending"),
        ("_OPEN_RETIREMENTS", {}, "ix_retirement_receipts_open"),
    ],
)
def test_nothing_that_is_counted_walks_a_table(
    hub: Hub, name: str, values: dict[str, Any], index: str
) -> None:
    with hub.database.engine.connect() as conn:
        steps = plan(conn, getattr(store, name), values)
    assert index in steps
    assert "Seq Scan" not in steps


def test_breakers_are_shown_for_all_that_are_configured(hub: Hub) -> None:
    states = {one.destination: one.state for one in look(hub).breakers}
    assert states == {"lms": State.CLOSED, "vendor:acme": State.CLOSED}
