"""Several processes deliver one outbox: each what it has claimed, nobody what another one has."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.membership import Membership
from proctor_hub.jobs.relay import PARTS, Relay
from proctor_hub.services.hub import Hub
from proctor_hub.storage import workers
from proctor_hub.storage.engine import Database
from tests.jobs.support import PATIENCE, Recorder, put, stored
from tests.support import make_hub

LEASE = 30.0


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hub(postgresql_url: str) -> Iterator[Hub]:
    hub = make_hub(postgresql_url)
    yield hub
    hub.database.close()


def member(database: Database, seconds: Seconds | None = None) -> Membership:
    made = Membership(database, lease_seconds=LEASE, monotonic=seconds or Seconds())
    made.join()
    return made


def expire(database: Database, name: str) -> None:
    """What becomes of a worker that falls silent for longer than its lease."""
    database.write(
        lambda conn: conn.execute(
            workers.workers.update()
            .where(workers.workers.c.name == name)
            .values(expires_at=workers.clock(conn))
        )
    )


def relay_of(hub: Hub, worker: Membership, there: Recorder) -> Relay:
    ways = {"lms": there.deliver}
    return Relay(hub, ways, claimed=lambda: worker.claimed, poll_seconds=0.05)


def test_names_are_the_lowest_free_and_used_again(hub: Hub) -> None:
    first, second = member(hub.database), member(hub.database)
    assert (first.name, second.name) == ("w1", "w2")
    first.leave()
    assert member(hub.database).name == "w1"
    expire(hub.database, "w2")
    assert member(hub.database).name == "w2"
    assert not second.renew(), "somebody else has its name"
    assert not second.lives and second.claimed == frozenset()


def test_work_is_shared_and_taken_over(hub: Hub) -> None:
    names = [f"unit {n}" for n in range(7)]
    first = member(hub.database)
    assert first.balance(names) == frozenset()
    assert first.claimed == frozenset(names), "alone: all of it"
    second = member(hub.database)
    assert second.balance(names) == frozenset()
    assert second.claimed == frozenset(), "nothing is taken from somebody who lives"
    spare = first.balance(names)
    assert len(spare) == 3, "half of seven, the first one has one more"
    first.give_up(spare)
    second.balance(names)
    assert first.claimed | second.claimed == frozenset(names)
    assert not first.claimed & second.claimed
    expire(hub.database, first.name)
    second.balance(names)
    assert second.claimed == frozenset(names)


def test_a_process_that_was_silent_too_long_begins_nothing(hub: Hub) -> None:
    seconds = Seconds()
    worker = member(hub.database, seconds)
    worker.balance(["a"])
    seconds.at += LEASE * 0.89
    assert worker.claimed == {"a"}
    seconds.at += LEASE * 0.02
    assert worker.claimed == frozenset(), "before the others may take it"
    assert worker.renew()
    assert worker.claimed == {"a"}


def test_many_join_and_claim_at_the_same_moment(hub: Hub) -> None:
    names = [f"unit {n}" for n in range(12)]
    crowd = 6
    start = threading.Barrier(crowd)
    found: list[Membership] = []

    def join() -> None:
        start.wait(PATIENCE)
        one = member(hub.database)
        one.balance(names)
        found.append(one)

    threads = [threading.Thread(target=join) for _ in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(one.name for one in found) == [f"w{n + 1}" for n in range(crowd)]
    claimed = [name for one in found for name in one.claimed]
    assert len(claimed) == len(set(claimed))


def test_each_stream_is_delivered_by_the_process_that_has_its_part(hub: Hub) -> None:
    for n in range(40):
        for seq in range(3):
            put(hub, f"s{n}", seq)
    one, two = member(hub.database), member(hub.database)
    here, there = Recorder(), Recorder()
    relays = [relay_of(hub, one, here), relay_of(hub, two, there)]
    units = relays[0].units()
    assert units == relays[1].units()
    assert len([unit for unit in units if unit.startswith("lms")]) == PARTS
    for worker in (one, two, one, two):
        worker.give_up(worker.balance(units))
    assert one.claimed and two.claimed
    for relay in relays:
        relay.start()
    for _ in range(int(PATIENCE / 0.02)):
        if all(row.delivered_at for row in stored(hub)):
            break
        threading.Event().wait(0.02)
    for relay in relays:
        relay.stop()
    assert all(row.delivered_at for row in stored(hub))
    assert not set(here.taken) & set(there.taken)
    taken = {**here.taken, **there.taken}
    assert taken == {f"s{n}": [0, 1, 2] for n in range(40)}
    assert here.taken and there.taken


def test_a_part_that_is_let_go_of_is_finished_first(hub: Hub) -> None:
    worker, there = member(hub.database), Recorder()
    relay = relay_of(hub, worker, there)
    worker.balance(relay.units())
    there.hold["s"] = threading.Event()
    put(hub, "s", 0)
    relay.start()
    assert there.reached["s"].wait(PATIENCE)
    units = frozenset(relay.units())
    idle: frozenset[str] = frozenset()
    for _ in range(200):
        idle = relay.let_go(units)
        if len(idle) == len(units) - 1:
            break
        threading.Event().wait(0.05)
    (busy,) = units - idle
    worker.give_up(idle)
    assert worker.claimed == {busy}, "the one with a delivery in hand"
    there.hold["s"].set()
    for _ in range(200):
        if relay.let_go(units) == units:
            break
        threading.Event().wait(0.05)
    assert relay.let_go(units) == units
    assert stored(hub)[0].delivered_at is not None
    relay.stop()


def test_an_embedded_database_has_one_worker(sqlite_url: str) -> None:
    database, other = Database(sqlite_url), Database(sqlite_url)
    first = member(database)
    with pytest.raises(ConfigurationError, match="another process already works on"):
        member(other)
    first.leave()
    again = member(other)
    assert again.name == "w1", "at once: the system says that the other one is gone"
    again.leave()
    database.close()
    other.close()
