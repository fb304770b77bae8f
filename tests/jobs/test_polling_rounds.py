"""Each vendor that has to be asked has a round of its own, which ends when the process does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from proctor_hub import Attempt, AttemptRef, CallbackEvent, SessionReady, hookimpl
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.jobs.round_runner import RoundRunner
from proctor_hub.jobs.rounds import ROUNDS, rounds_of
from proctor_hub.services import pacing, polling
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.storage import tables as t
from proctor_hub.testing.fake_vendor import FakeVendor
from tests.jobs.support import PATIENCE
from tests.services.attempts.world import World, a_world
from tests.support import a_hub, plugin_of

S = AttemptStatus
POLLED: dict[str, Any] = {"capabilities": ["polling"], "poll_minutes": 7}


class Hanging(FakeVendor):
    """Answers a poll when it is let."""

    asked = threading.Event()
    let = threading.Event()

    @hookimpl
    def poll_reviews(self, attempts: tuple[Attempt, ...]) -> tuple[CallbackEvent, ...]:
        self.asked.set()
        assert self.let.wait(PATIENCE)
        return ()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    Hanging.asked.clear()
    Hanging.let.clear()
    vendors: dict[str, dict[str, Any]] = {"acme": POLLED, "quiet": {"capabilities": []}}
    with a_world(database_url, vendors=vendors) as world:
        yield world
    Hanging.let.set()


def test_there_is_a_round_for_each_vendor_that_polls(world: World) -> None:
    (asking,) = rounds_of(world.hub)[len(ROUNDS) :]
    assert (asking.name, asking.every_seconds) == ("poll:acme", 420)
    assert str(asking.run(world.hub)) == "0 asked about, 0 with news, 0 refused"


def test_a_vendor_that_hangs_keeps_no_other_waiting(database_url: str) -> None:

    vendors = {"acme": {**POLLED}, "stuck": {"plugin": "hanging", **POLLED}}
    with a_world(database_url, vendors={"acme": POLLED}) as world:
        record = world.created()
        with a_hub(database_url, vendors=vendors, plugins=[plugin_of("hanging", Hanging)]) as hub:
            stuck = world.created(user_id="bob")
            hub.database.write(
                lambda conn: (
                    conn.execute(
                        t.attempts.update()
                        .where(t.attempts.c.id == stuck.id)
                        .values(vendor="stuck")
                    )
                    and None
                )
            )
            plugin = hub.vendors.get("acme").implementation
            assert isinstance(plugin, FakeVendor)
            ready = SessionReady(attempt=AttemptRef(external_id=record.external_id))
            plugin.news[record.external_id or ""] = (ready,)
            rounds = rounds_of(hub)[len(ROUNDS) :]
            names = [f"round:{one.name}" for one in rounds]
            runner = RoundRunner(hub, rounds, lambda: names)
            runner.start()
            try:
                assert Hanging.asked.wait(PATIENCE)
                moved = threading.Event()
                watch = threading.Thread(target=_watch, args=(world, record, moved), daemon=True)
                watch.start()
                assert moved.wait(PATIENCE)
            finally:
                Hanging.let.set()
                assert runner.stop(PATIENCE)


def _watch(world: World, record: object, moved: threading.Event) -> None:
    while world.fresh(record).status is not S.READY_TO_START:  # type: ignore[arg-type]
        moved.wait(0.02)
    moved.set()


def test_rounds_end_when_the_process_does(world: World) -> None:
    record = world.created(world.exam(due_at=world.clock.at.replace(hour=10)))
    world.clock.move(hours=2)
    with pacing.until(lambda: True):
        assert polling.poll(world.hub, "acme").asked == 0
        assert sweep(world.hub) == 0
    assert world.fresh(record).status is S.CREATED
    assert not pacing.is_ending()
    assert sweep(world.hub) == 1
