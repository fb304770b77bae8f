"""Rounds: done by whoever has claimed them, again after a failure, and finished before a stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
import structlog
from structlog.testing import capture_logs

from proctor_hub.jobs.membership import Membership
from proctor_hub.jobs.round_runner import RoundRunner
from proctor_hub.jobs.rounds import ROUNDS, Round
from proctor_hub.services.hub import Hub
from tests.jobs.support import PATIENCE
from tests.support import a_hub


@dataclass
class Work:
    """Counts, and can be held or made to fail."""

    failing: int = 0
    done: int = 0
    began: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)
    bell: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, hub: Hub) -> int:
        self.began.set()
        assert self.free.wait(PATIENCE)
        with self.bell:
            self.done += 1
            self.bell.notify_all()
            if self.done <= self.failing:
                raise OSError("no database")
        return 0

    def wait(self, count: int) -> None:
        with self.bell:
            assert self.bell.wait_for(lambda: self.done >= count, PATIENCE)


def runner(hub: Hub, work: Work, claimed: set[str]) -> RoundRunner:
    one = Round(name="one", every_seconds=0.01, run=work)
    return RoundRunner(hub, [one], lambda: frozenset(claimed))


def test_a_round_is_done_again_after_a_failure(sqlite_url: str) -> None:
    work = Work(failing=1)
    work.free.set()
    with a_hub(sqlite_url) as hub, capture_logs() as logs:
        rounds = runner(hub, work, {"round:one"})
        rounds.start()
        work.wait(3)
        assert rounds.stop(PATIENCE)
    assert [(line["event"], line["error"]) for line in logs] == [("round_failed", "OSError")]


def test_only_what_is_claimed_is_done_and_what_is_let_go_is_not(sqlite_url: str) -> None:
    work, claimed = Work(), set[str]()
    with a_hub(sqlite_url) as hub:
        rounds = runner(hub, work, claimed)
        assert rounds.names == ("round:one",)
        rounds.start()
        assert not work.began.wait(0.05)
        claimed.add("round:one")
        rounds.claims_changed()
        assert work.began.wait(PATIENCE)
        # In hand: it stays this process's own until it is done.
        assert rounds.let_go(["round:one", "vendor:acme"]) == frozenset()
        work.free.set()
        work.wait(1)
        while not rounds.let_go(["round:one"]):
            pass
        claimed.clear()
        done = work.done
        assert done == 1
        rounds.let_go([])
        claimed.add("round:one")
        rounds.claims_changed()
        work.wait(2)
        assert rounds.stop(PATIENCE)


def test_a_stop_waits_for_what_is_in_hand(sqlite_url: str) -> None:
    work = Work()
    with a_hub(sqlite_url) as hub:
        rounds = runner(hub, work, {"round:one"})
        rounds.start()
        assert work.began.wait(PATIENCE)
        assert not rounds.stop(0.01)
        work.free.set()
        assert rounds.stop(PATIENCE)
        assert work.done == 1


def test_a_round_logs_which_it_is(sqlite_url: str) -> None:
    seen: list[object] = []
    found = threading.Event()

    def run(_hub: Hub) -> None:
        seen.append(structlog.contextvars.get_contextvars().get("round"))
        found.set()

    with a_hub(sqlite_url) as hub:
        rounds = RoundRunner(
            hub, [Round(name="named", every_seconds=60, run=run)], lambda: {"round:named"}
        )
        rounds.start()
        assert found.wait(PATIENCE)
        assert rounds.stop(PATIENCE)
    assert seen == ["named"]


@pytest.mark.parametrize("one", ROUNDS, ids=lambda one: one.name)
def test_every_round_works_on_an_empty_hub(database_url: str, one: Round) -> None:
    with a_hub(database_url) as hub:
        assert one.every_seconds > 0
        one.run(hub)


def test_two_processes_share_the_rounds_and_one_that_leaves_gives_its_own_back(
    database_url: str,
) -> None:
    names = [f"round:{one.name}" for one in ROUNDS]
    with a_hub(database_url) as hub:
        first = Membership(hub.database, lease_seconds=60)
        first.join()
        assert first.balance(names) == frozenset()
        assert first.claimed == set(names)
        if hub.database.dialect == "postgresql":
            second = Membership(hub.database, lease_seconds=60)
            second.join()
            second.balance(names)
            assert second.claimed == frozenset()
            too_many = first.balance(names)
            first.give_up(too_many)
            second.balance(names)
            assert first.claimed | second.claimed == set(names)
            assert not first.claimed & second.claimed
            second.leave()
            first.balance(names)
            assert first.claimed == set(names)
        first.leave()
