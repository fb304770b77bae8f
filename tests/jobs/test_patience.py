"""Rows that cannot be delivered: how often they are tried, when they are parked, what waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from proctor_hub.jobs.delivery import HOPELESS_TRIES, Patience, guarded
from proctor_hub.jobs.destination import TIDY_SECONDS, Destination
from proctor_hub.services.breakers import THRESHOLD
from proctor_hub.services.hub import Hub
from proctor_hub.storage import outbox
from proctor_hub.storage.outbox import NEVER, Part
from proctor_hub.storage.tables import outbox as table
from tests.jobs.support import Recorder, down, put, stored
from tests.plans import plan
from tests.support import FakeClock, make_hub

EAGER = Patience(max_tries=3, jitter=lambda: 0.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    hub = make_hub(database_url, clock=clock)
    yield hub
    hub.database.close()


@pytest.fixture
def there() -> Recorder:
    return Recorder()


@pytest.fixture
def relay(hub: Hub, there: Recorder) -> Iterator[Destination]:
    relay = Destination(hub, "lms", guarded(hub.breakers, "lms", there.deliver), patience=EAGER)
    yield relay
    relay.close()


def try_until_parked(relay: Destination, clock: FakeClock, hub: Hub, stream: str) -> int:
    for tries in range(1, 50):
        relay.run_once()
        row = next(row for row in stored(hub) if row.stream == stream)
        if row.parked_at is not None:
            return tries
        clock.at = row.next_try_at
    raise AssertionError("never parked")


def test_a_row_is_parked_after_its_tries_and_holds_back_its_stream_only(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    for n in range(3):
        put(hub, "bad", n)
    there.failing["bad", 0] = down("the LMS answered 400")
    assert try_until_parked(relay, clock, hub, "bad") == EAGER.max_tries
    put(hub, "bad", 3)
    put(hub, "good", 0)
    clock.move(days=30)
    assert relay.run_once() == 1
    assert there.taken == {"good": [0]}
    parked, *behind, _late, _good = stored(hub)
    assert (parked.next_try_at, parked.tries, parked.last_error) == (
        NEVER,
        3,
        "the LMS answered 400",
    )
    assert [(row.parked_at, row.next_try_at) for row in behind] == [(None, NEVER)] * 2


def test_one_action_has_a_parked_stream_tried_again(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    for n in range(3):
        put(hub, "bad", n)
    there.failing["bad", 0] = down("no")
    try_until_parked(relay, clock, hub, "bad")
    put(hub, "bad", 3)
    there.failing.clear()
    assert hub.database.write(lambda conn: outbox.retry(conn, "lms", "bad")) == 4
    assert relay.run_once() == 4
    assert there.taken["bad"] == [0, 1, 2, 3]
    assert all(row.parked_at is None for row in stored(hub))


def test_what_cannot_succeed_is_parked_sooner(hub: Hub, there: Recorder, clock: FakeClock) -> None:
    relay = Destination(hub, "lms", there.deliver, patience=Patience(jitter=lambda: 0.0))
    put(hub, "bad", 0)
    there.failing["bad", 0] = down("gone", hopeless=True)
    assert try_until_parked(relay, clock, hub, "bad") == HOPELESS_TRIES
    relay.close()


def test_looking_for_work_does_not_pass_over_what_waits(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    put(hub, "bad", 0)
    there.failing["bad", 0] = down("no")
    relay.run_once()
    for n in range(1, 4):
        put(hub, "bad", n)
    assert due(hub, clock) == 3, "new ones are due, though they have to wait"
    clock.move(seconds=0.25)
    hub.database.write(lambda conn: outbox.tidy(conn, "lms", clock()))
    assert due(hub, clock) == 0
    there.failing.clear()
    clock.move(seconds=1)
    assert relay.run_once() == 4
    assert there.taken["bad"] == [0, 1, 2, 3]


def due(hub: Hub, clock: FakeClock) -> int:
    with hub.database.read() as conn:
        query = sa.select(sa.func.count()).where(
            table.c.delivered_at.is_(None), table.c.next_try_at <= clock()
        )
        return conn.execute(query).scalar_one()


def test_a_clock_set_back_delays_nothing(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    put(hub, "fresh", 0)
    put(hub, "tried", 0)
    there.failing["tried", 0] = down("no")
    clock.move(hours=5)
    put(hub, "later", 0)
    clock.move(hours=-5)
    assert relay.run_once() == 2, "what is new is due whatever the clock says"
    clock.move(hours=5)
    clock.at = stored(hub)[1].next_try_at
    relay.run_once()  # fails again, and waits by the later clock
    clock.move(hours=-5)
    there.failing.clear()
    clock.move(seconds=TIDY_SECONDS)
    assert relay.run_once() == 1
    assert there.taken == {"fresh": [0], "later": [0], "tried": [0]}


def test_a_destination_that_is_down_is_left_alone_and_probed(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    for n in range(40):
        put(hub, f"s{n}", 0)
        there.failing[f"s{n}", 0] = down("503", unavailable=True)
    relay.run_once()
    tried = [row for row in stored(hub) if row.tries]
    assert THRESHOLD <= len(tried) <= THRESHOLD + EAGER.streams, "a few in flight at most"
    assert relay.run_once() == 0
    assert len([row for row in stored(hub) if row.tries]) == len(tried)

    clock.move(seconds=6)
    relay.run_once()
    assert sum(row.tries for row in stored(hub)) == len(tried) + 1, "one probe"
    there.failing.clear()
    clock.move(minutes=10)
    assert relay.run_once() == 40, "back: the rest follows at once"
    assert hub.breakers.every() == []


def test_a_refused_row_says_nothing_about_its_destination(
    hub: Hub, there: Recorder, relay: Destination
) -> None:
    for n in range(20):
        put(hub, f"s{n}", 0)
        there.failing[f"s{n}", 0] = down("400")
    put(hub, "good", 0)
    assert relay.run_once() == 1
    assert hub.breakers.every() == []


def test_parts_share_the_streams_and_never_change(postgresql_url: str) -> None:
    hub = make_hub(postgresql_url)
    for n in range(60):
        put(hub, f"s{n}", 0)
        put(hub, f"s{n}", 1)
    seen: dict[int, set[str]] = {}
    with hub.database.read() as conn:
        for number in range(4):
            rows = outbox.waiting(
                conn, "lms", now=hub.now(), busy=(), count=200, part=Part(number, 4)
            )
            seen[number] = {row.stream for row in rows}
            assert len(rows) == 2 * len(seen[number]), "a stream is in one part, whole"
    assert sum(map(len, seen.values())) == 60
    assert set.union(*seen.values()) == {f"s{n}" for n in range(60)}
    assert all(seen.values())
    hub.database.close()


def test_looking_for_work_goes_by_its_index(hub: Hub, clock: FakeClock) -> None:
    for n in range(300):
        put(hub, f"s{n}", 0)
    values = {"at_destination": "lms", "at_now": clock(), "busy": ["x"], "count": 10}
    with hub.database.snapshot() as conn:
        steps = plan(conn, outbox._HEADS, values)
    assert "ix_outbox_due" in steps
    assert "SCAN outbox" not in steps and "Seq Scan" not in steps


def test_a_row_of_the_version_before_is_delivered_in_its_place(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    """It knows no request, and calls a new row due when it was made (schema 0004)."""
    old = {
        "event_id": "e-old",
        "destination": "lms",
        "stream": "a",
        "seq": 0,
        "kind": "started",
        "payload": {},
        "created_at": clock(),
        "next_try_at": clock(),
    }
    hub.database.write(lambda conn: conn.execute(table.insert().values(old)))
    put(hub, "a", 1)
    assert relay.run_once() == 2
    assert (there.taken, there.event_ids[0]) == ({"a": [0, 1]}, "e-old")
