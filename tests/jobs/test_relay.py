from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from proctor_hub.jobs import relay as relay_module
from proctor_hub.jobs.relay import Relay
from proctor_hub.services.hub import Hub
from proctor_hub.storage.outbox import OutboxRow
from tests.jobs.support import PATIENCE, Recorder, put, stored
from tests.support import make_hub


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url, vendors={"acme": {}, "other": {}})
    yield hub
    hub.database.close()


@pytest.fixture
def lms() -> Recorder:
    return Recorder()


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Takes the notices of all vendors; streams are told apart by the account's slug."""
    recorder = Recorder()

    def deliver(_hub: Hub, slug: str, row: OutboxRow) -> None:
        assert row.stream.startswith(slug)
        recorder.deliver(row)

    monkeypatch.setattr(relay_module, "deliver_notice", deliver)
    return recorder


def make_relay(hub: Hub, lms: Recorder | None) -> Relay:
    return Relay(hub, {} if lms is None else {"lms": lms.deliver}, poll_seconds=PATIENCE)


def test_each_row_goes_where_it_belongs(hub: Hub, lms: Recorder, vendors: Recorder) -> None:
    put(hub, "learner", 0)
    put(hub, "acme 1", 0, destination="vendor:acme")
    put(hub, "other 1", 0, destination="vendor:other")
    relay = make_relay(hub, lms)
    assert relay.run_once() == 3
    relay.stop()
    assert lms.taken == {"learner": [0]}
    assert vendors.taken == {"acme 1": [0], "other 1": [0]}


def test_events_wait_while_no_lms_is_configured(hub: Hub, lms: Recorder, vendors: Recorder) -> None:
    put(hub, "learner", 0)
    without = make_relay(hub, None)
    assert without.run_once() == 0
    assert stored(hub)[0].delivered_at is None
    relay = make_relay(hub, lms)
    assert relay.run_once() == 1
    relay.stop()


def test_a_slow_destination_stops_no_other(hub: Hub, lms: Recorder, vendors: Recorder) -> None:
    vendors.hold["acme 1"] = threading.Event()
    put(hub, "acme 1", 0, destination="vendor:acme")
    relay = make_relay(hub, lms)
    relay.start()
    assert vendors.reached["acme 1"].wait(PATIENCE)
    put(hub, "learner", 0)
    put(hub, "other 1", 0, destination="vendor:other")
    relay.wake()
    assert lms.reached["learner"].wait(PATIENCE)
    assert vendors.reached["other 1"].wait(PATIENCE)
    assert vendors.taken["acme 1"] == []
    vendors.hold["acme 1"].set()
    relay.stop()


def test_stop_waits_for_what_is_in_flight(hub: Hub, lms: Recorder) -> None:
    lms.hold["s"] = threading.Event()
    put(hub, "s", 0)
    put(hub, "s", 1)
    relay = make_relay(hub, lms)
    relay.start()
    assert lms.reached["s"].wait(PATIENCE)
    stopper = threading.Thread(target=relay.stop)
    stopper.start()
    lms.hold["s"].set()
    stopper.join(PATIENCE)
    assert not stopper.is_alive()
    delivered = [row.seq for row in stored(hub) if row.delivered_at is not None]
    assert delivered == lms.taken["s"]
    assert 0 in delivered


def test_wake_is_enough_to_be_delivered_at_once(hub: Hub, lms: Recorder) -> None:
    relay = make_relay(hub, lms)
    relay.start()
    for n in range(3):
        put(hub, f"s{n}", 0)
        relay.wake()
        assert lms.reached[f"s{n}"].wait(PATIENCE / 4), "seen before the next poll"
    relay.stop()
    with pytest.raises(RuntimeError):
        relay.start()


def test_a_unit_that_is_lost_and_claimed_again_while_it_ends(
    hub: Hub, lms: Recorder, vendors: Recorder
) -> None:
    """As when the database is away for longer than the lease, and then back."""
    claimed = frozenset({"vendor:acme"})
    lost = threading.Event()
    relay = Relay(
        hub, {}, poll_seconds=0.01, claimed=lambda: frozenset() if lost.is_set() else claimed
    )
    hold = vendors.hold["acme 1"] = threading.Event()
    put(hub, "acme 1", 0, destination="vendor:acme")
    relay.start()
    assert vendors.reached["acme 1"].wait(PATIENCE)
    stopped = relay._destinations["vendor:acme"]._stopping
    lost.set()
    assert stopped.wait(PATIENCE), "it went on although it may not"
    lost.clear()
    put(hub, "acme 2", 0, destination="vendor:acme")
    hold.set()
    assert vendors.reached["acme 2"].wait(PATIENCE), "nobody delivers it any more"
    relay.stop()
