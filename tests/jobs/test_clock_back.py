"""The clock is set back by an hour: nothing is lost, done twice, or kept waiting for that hour.

Breakers: ``tests/services/test_breakers.py``; a real server: ``tests/crash/test_clock.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from proctor_hub.domain.report import ReportStatus
from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.delivery import Patience
from proctor_hub.jobs.destination import Destination
from proctor_hub.jobs.reports.tending import revive_reports
from proctor_hub.services.access import clients, idempotency
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.idempotency import StoredAnswer, claim_of, once
from proctor_hub.services.access.tokens import Caller
from proctor_hub.services.errors import Gone
from proctor_hub.services.hub import Hub
from proctor_hub.services.report_links import make_link, open_link
from proctor_hub.storage import reports as store
from proctor_hub.storage import workers
from proctor_hub.storage.idempotency import Claim
from tests.jobs.job_support import Seen, finished, running
from tests.jobs.reports.world import World, a_world
from tests.jobs.support import Recorder, down, put, stored
from tests.support import OPERATOR, FakeClock, a_hub

HOUR = timedelta(hours=1)
LEASE = 30.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    with a_hub(database_url, clock=clock) as made:
        yield made


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with a_world(database_url, tmp_path / "reports", attempts=3) as made:
        yield made


def test_what_is_parked_stays_parked_and_is_retried_by_hand(hub: Hub, clock: FakeClock) -> None:
    there = Recorder()
    relay = Destination(hub, "lms", there.deliver, patience=Patience(max_tries=1))
    put(hub, "a", 0)
    put(hub, "a", 1)
    there.failing["a", 0] = down("no")
    relay.run_once()
    clock.at -= HOUR
    there.failing.clear()
    assert relay.run_once() == 0
    assert [row.parked_at is not None for row in stored(hub)] == [True, False]
    relay.close()


def claim_by(hub: Hub) -> Claim:
    client = clients.create(hub, OPERATOR, ClientKind.LMS).client
    return claim_of(Caller(client=client, actor=clients.actor_of(client)), "POST /x", "k", b"{}")


def never() -> StoredAnswer:
    raise AssertionError("done twice")


def test_an_answer_is_repeated_and_its_request_is_not_done_again(
    hub: Hub, clock: FakeClock
) -> None:
    claim, answer = claim_by(hub), StoredAnswer(status=201, body=b"{}")
    once(hub, claim, lambda: answer)
    clock.at -= HOUR
    assert once(hub, claim, never).repeated
    assert idempotency.purge(hub) == 0
    assert once(hub, claim, never).repeated


def test_a_report_of_a_dead_process_is_begun_again(world: World) -> None:
    report = world.ask()
    world.hub.database.write(lambda conn: store.claim(conn, report.id, world.clock()))
    world.jobs.waiting.clear()  # its job is lost
    world.clock.at -= HOUR
    assert revive_reports(world.hub) == 1
    assert revive_reports(world.hub) == 0
    world.jobs.run_all(world.hub)
    assert world.look(report).status is ReportStatus.READY


def test_no_link_holds_for_longer_and_a_new_one_works(world: World) -> None:
    report = world.made()
    client = clients.create(world.hub, OPERATOR, ClientKind.OPERATOR).client

    def token() -> str:
        made = make_link(world.hub, clients.actor_of(client), report.code)
        return made.url.partition("token=")[2]

    old = token()
    world.clock.at -= HOUR
    with pytest.raises(Gone):
        open_link(world.hub, old)
    assert b"".join(open_link(world.hub, token()).chunks)


def join(hub: Hub) -> str:
    return hub.database.write(
        lambda conn: workers.join(
            conn, nonce="n", seconds=LEASE, host="h", version="1", alone=False
        )
    )


def test_a_lease_from_before_is_over_and_a_living_worker_renews_it(hub: Hub) -> None:
    """The clock is the database's own, so here its leases lie an hour ahead."""

    def living() -> list[str]:
        with hub.database.read() as conn:
            return [one.name for one in workers.living(conn, LEASE)]

    assert join(hub) == "w1"
    hub.database.write(
        lambda conn: conn.execute(
            workers.workers.update().values(expires_at=workers.clock(conn) + HOUR)
        )
    )
    assert living() == [], "nobody alive has a lease as long as that"
    assert hub.database.write(lambda conn: workers.renew(conn, "w1", "n", LEASE))
    assert living() == ["w1"]


def test_a_job_queued_before_is_run(database_url: str) -> None:
    seen = Seen()
    job = Job(name="ahead", run=seen.work, about="was queued an hour ahead")
    with a_hub(database_url, jobs=catalogue(job)) as hub:
        schema = "dbos." if hub.database.dialect == "postgresql" else ""
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "ahead", 1, key="k"))
        hub.database.write(
            lambda conn: conn.exec_driver_sql(
                f"UPDATE {schema}workflow_status SET created_at = created_at + 3600000,"
                " updated_at = updated_at + 3600000"
            )
        )
        with running(hub, job):
            finished(hub)
        assert seen.calls == [(1,)]
