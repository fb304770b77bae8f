from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_hub.jobs.delivery import (
    HOPELESS_WAIT,
    LONGEST_WAIT,
    MAX_RETRY_AFTER,
    DeliveryFailed,
    Patience,
    wait_seconds,
)
from proctor_hub.jobs.destination import BATCH, Destination
from proctor_hub.services.hub import Hub
from proctor_hub.storage import outbox
from tests.jobs.support import PATIENCE, Recorder, down, put, stored
from tests.support import START, FakeClock, make_hub


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
    relay = Destination(hub, "lms", there.deliver, patience=Patience(jitter=lambda: 0.0))
    yield relay
    relay.close()


def test_everything_is_delivered_once_and_in_order(
    hub: Hub, there: Recorder, relay: Destination
) -> None:
    ids = [put(hub, f"s{n % 3}", n // 3) for n in range(12)]
    put(hub, "s0", 0, destination="vendor:acme")
    assert relay.run_once() == 12
    assert there.taken == {f"s{n}": [0, 1, 2, 3] for n in range(3)}
    assert sorted(there.event_ids) == sorted(ids)
    assert [row.delivered_at for row in stored(hub)] == [START] * 12 + [None]
    assert relay.run_once() == 0


def test_a_stream_longer_than_a_batch_keeps_its_order(
    hub: Hub, there: Recorder, relay: Destination
) -> None:
    for n in range(BATCH + 30):
        put(hub, "long", n)
    assert relay.run_once() == BATCH + 30
    assert there.taken["long"] == list(range(BATCH + 30))


def test_a_failing_row_holds_back_its_own_stream_only(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    for n in range(3):
        put(hub, "good", n)
        put(hub, "bad", n)
    there.failing["bad", 1] = down("the LMS answered 503")
    assert relay.run_once() == 4
    assert there.taken == {"good": [0, 1, 2], "bad": [0]}
    failed = next(row for row in stored(hub) if (row.stream, row.seq) == ("bad", 1))
    assert (failed.tries, failed.last_error) == (1, "the LMS answered 503")
    assert failed.next_try_at == START + timedelta(seconds=0.5)

    put(hub, "bad", 3)
    there.failing.clear()
    assert relay.run_once() == 0, "those behind a waiting row wait, new ones too"
    clock.move(seconds=1)
    assert relay.run_once() == 3
    assert there.taken["bad"] == [0, 1, 2, 3]
    assert all(row.last_error == "" for row in stored(hub))


def test_streams_that_wait_do_not_starve_those_behind_them(
    hub: Hub, there: Recorder, relay: Destination
) -> None:
    for n in range(BATCH + 5):
        there.failing[f"bad{n}", 0] = down()
        put(hub, f"bad{n}", 0)
        put(hub, f"bad{n}", 1)
    put(hub, "good", 0)
    assert relay.run_once() == 1
    assert there.taken == {"good": [0]}


def test_waits_grow_are_spread_and_honour_retry_after(
    hub: Hub, there: Recorder, relay: Destination, clock: FakeClock
) -> None:
    put(hub, "s", 0)
    waits = []
    for problem in [down(), down(), down(retry_after=40.0), down(hopeless=True)]:
        there.failing["s", 0] = problem
        relay.run_once()
        row = stored(hub)[0]
        waits.append((row.next_try_at - clock()).total_seconds())
        clock.at = row.next_try_at
    assert waits == [0.5, 1.0, 40.0, HOPELESS_WAIT / 2]
    assert stored(hub)[0].tries == 4
    assert wait_seconds(60, down(), 0.999) <= LONGEST_WAIT
    assert wait_seconds(1, down(), 0.0) < wait_seconds(1, down(), 0.5)
    assert wait_seconds(1, down(retry_after=1e9), 0.0) == MAX_RETRY_AFTER


def test_a_defect_is_a_failure_like_any_other_and_tells_no_data(
    hub: Hub, there: Recorder, relay: Destination
) -> None:
    put(hub, "s", 0)
    put(hub, "other", 0)
    there.failing["s", 0] = KeyError("ada@example.org")
    assert relay.run_once() == 1
    row = stored(hub)[0]
    assert row.delivered_at is None
    assert "KeyError" in row.last_error and "ada" not in row.last_error


def test_a_crash_between_delivery_and_marking_delivers_again_under_the_same_id(
    hub: Hub, there: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = put(hub, "s", 0)

    def crash(*_args: object) -> None:
        raise OSError("the machine is gone")

    dying = Destination(hub, "lms", there.deliver)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "mark_delivered", crash)
        with pytest.raises(OSError):
            dying.run_once()
    assert stored(hub)[0].delivered_at is None
    born_again = Destination(hub, "lms", there.deliver)
    assert born_again.run_once() == 1
    assert there.event_ids == [event_id, event_id]
    dying.close()
    born_again.close()


def test_what_was_delivered_while_the_database_was_away_is_marked_later(
    hub: Hub, there: Recorder, relay: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, "s", 0)

    def away(*_args: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "mark_delivered", away)
        with pytest.raises(OSError):
            relay.run_once()
    assert relay.run_once() == 1
    assert there.taken["s"] == [0], "this relay knows that it was taken"


def test_a_slow_stream_does_not_stop_another(hub: Hub, there: Recorder, relay: Destination) -> None:
    there.hold["slow"] = threading.Event()
    put(hub, "slow", 0)
    thread = threading.Thread(target=relay.run, args=(0.01,))
    thread.start()
    assert there.reached["slow"].wait(PATIENCE)
    put(hub, "quick", 0)
    put(hub, "slow", 1)
    relay.wake()
    assert there.reached["quick"].wait(PATIENCE)
    assert there.taken["slow"] == []
    there.hold["slow"].set()
    relay.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_stop_finishes_what_is_in_flight_and_begins_nothing(
    hub: Hub, there: Recorder, relay: Destination
) -> None:
    there.hold["s"] = threading.Event()
    for n in range(3):
        put(hub, "s", n)
    thread = threading.Thread(target=relay.run, args=(PATIENCE,))
    thread.start()
    assert there.reached["s"].wait(PATIENCE)
    relay.stop()
    there.hold["s"].set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert there.taken == {"s": [0]}
    assert [row.delivered_at is not None for row in stored(hub)] == [True, False, False]


def test_a_round_that_fails_is_not_the_last(
    hub: Hub, there: Recorder, relay: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, "s", 0)
    failed = threading.Event()
    real = outbox.waiting

    def away_once(*args: object, **options: object) -> object:
        if not failed.is_set():
            failed.set()
            raise OSError("no database")
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "waiting", away_once)
    thread = threading.Thread(target=relay.run, args=(0.01,))
    thread.start()
    assert there.reached["s"].wait(PATIENCE)
    relay.stop()
    thread.join(PATIENCE)
    assert failed.is_set() and there.taken == {"s": [0]}


def test_a_failure_says_what_it_is() -> None:
    error = DeliveryFailed("no", retry_after=3.0, hopeless=True)
    assert (str(error), error.retry_after, error.hopeless) == ("no", 3.0, True)
