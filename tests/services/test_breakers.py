from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from proctor_hub.services.breakers import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PROBE_TAKES,
    THRESHOLD,
    AccountWatch,
    Breakers,
    State,
)
from proctor_hub.storage.engine import Database
from proctor_hub.vendors.deadline import time_limit
from proctor_hub.vendors.watch import CallsPaused, insisting
from tests.support import FakeClock

NAME = "vendor:acme"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def breakers(database: Database, clock: FakeClock) -> Breakers:
    return Breakers(database, clock, jitter=lambda: 1.0)


def fail(breakers: Breakers, times: int = THRESHOLD) -> None:
    for _ in range(times):
        breakers.failed(NAME, "answered 503")


def test_failures_in_a_row_open_it_and_one_answer_closes_it(
    breakers: Breakers, clock: FakeClock
) -> None:
    fail(breakers, THRESHOLD - 1)
    assert breakers.state(NAME) is State.CLOSED
    breakers.succeeded(NAME)
    fail(breakers, THRESHOLD - 1)
    assert breakers.state(NAME) is State.CLOSED, "counted from the last answer"
    fail(breakers, 1)
    assert breakers.state(NAME) is State.OPEN
    assert breakers.state("vendor:other") is State.CLOSED
    with pytest.raises(CallsPaused):
        breakers.permit(NAME)
    breakers.permit("vendor:other")
    (found,) = breakers.every()
    assert (found.name, found.failures, found.last_error) == (NAME, THRESHOLD, "answered 503")


def test_another_process_knows_at_once_or_a_moment_later(
    database: Database, breakers: Breakers, clock: FakeClock
) -> None:
    elsewhere = Breakers(database, clock)
    assert elsewhere.state(NAME) is State.CLOSED
    fail(breakers)
    clock.move(seconds=1)
    assert elsewhere.state(NAME) is State.OPEN
    elsewhere.succeeded(NAME)
    clock.move(seconds=1)
    assert breakers.state(NAME) is State.CLOSED


def test_one_call_probes_and_the_pause_doubles(breakers: Breakers, clock: FakeClock) -> None:
    fail(breakers)
    pause = FIRST_PAUSE
    for _ in range(4):
        clock.move(seconds=pause.total_seconds())
        assert breakers.state(NAME) is State.PROBING
        breakers.permit(NAME)
        with pytest.raises(CallsPaused):
            breakers.permit(NAME)
        clock.move(seconds=PROBE_TAKES.total_seconds())
        breakers.permit(NAME)  # whoever probed before never came back
        clock.move(seconds=PROBE_TAKES.total_seconds())
        breakers.failed(NAME, "answered 503")
        pause *= 2
        (found,) = breakers.every()
        assert found.open_until == clock() + min(pause, LONGEST_PAUSE)


def test_a_probe_that_fails_at_once_doubles_the_pause_too(
    breakers: Breakers, clock: FakeClock
) -> None:
    fail(breakers)
    pause = FIRST_PAUSE
    for _ in range(8):
        clock.move(seconds=pause.total_seconds())
        breakers.permit(NAME)
        breakers.failed(NAME, "answered 503")
        breakers.failed(NAME, "answered 503")  # another call, under way since before
        pause = min(pause * 2, LONGEST_PAUSE)
        (found,) = breakers.every()
        assert found.open_until == clock() + pause
    assert pause == LONGEST_PAUSE


def test_a_probe_after_the_clock_was_set_back_opens_it_by_that_clock(
    breakers: Breakers, clock: FakeClock
) -> None:
    fail(breakers)
    clock.move(hours=-1)
    breakers.permit(NAME)
    breakers.failed(NAME, "answered 503")
    (found,) = breakers.every()
    assert found.open_until == clock() + 2 * FIRST_PAUSE


def test_no_pause_outlives_a_clock_set_back(breakers: Breakers, clock: FakeClock) -> None:
    fail(breakers)
    clock.move(hours=-3)
    assert breakers.state(NAME) is State.PROBING


def test_what_the_destination_asks_for_is_honoured(breakers: Breakers, clock: FakeClock) -> None:
    for _ in range(THRESHOLD):
        breakers.failed(NAME, "answered 429", retry_after=60.0)
    (found,) = breakers.every()
    assert found.open_until == clock() + timedelta(seconds=60)


def test_an_operators_test_call_goes_through(breakers: Breakers) -> None:
    fail(breakers)
    with insisting():
        breakers.permit(NAME)
    with pytest.raises(CallsPaused):
        breakers.permit(NAME)


def test_of_many_processes_one_probes(
    database: Database, breakers: Breakers, clock: FakeClock
) -> None:
    fail(breakers)
    clock.move(minutes=10)
    crowd = [Breakers(database, clock) for _ in range(6)]
    start = threading.Barrier(len(crowd))

    def ask(one: Breakers) -> bool:
        one.state(NAME)
        start.wait(20)
        try:
            one.permit(NAME)
        except CallsPaused:
            return False
        return True

    with ThreadPoolExecutor(len(crowd)) as pool:
        assert sum(pool.map(ask, crowd)) == 1


def test_failures_at_the_same_moment_all_count(
    database: Database, breakers: Breakers, clock: FakeClock
) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: breakers.failed(NAME, f"{n}"), range(THRESHOLD * 4)))
    (found,) = breakers.every()
    assert (found.failures, found.opened) == (THRESHOLD * 4, 1)


def test_a_vendor_that_hangs_cannot_take_every_thread(breakers: Breakers) -> None:
    watch = AccountWatch(breakers, NAME, 2)
    other = AccountWatch(breakers, "vendor:other", 2)
    watch.begin()
    watch.begin()
    with time_limit(0.0), pytest.raises(CallsPaused, match="2 calls are under way"):
        watch.begin()
    other.begin()
    watch.end(0.1, 200)
    watch.begin()
    assert breakers.every() == [], "being busy is no failure of the vendor"


@pytest.mark.parametrize(("status", "counts"), [(None, 1), (500, 1), (429, 1), (404, 0), (200, 0)])
def test_what_counts_as_a_failure(breakers: Breakers, status: int | None, counts: int) -> None:
    watch = AccountWatch(breakers, NAME, 1)
    watch.begin()
    watch.end(0.1, status)
    assert len(breakers.every()) == counts
