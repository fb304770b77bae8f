"""Killed with SIGKILL at random points, dozens of times, under load; nothing is lost.

A driver plays learners, vendors and staff against a real server (``proctor-hub serve``; on
PostgreSQL also a ``proctor-hub worker``) that is killed after a random number of answers, sometimes
while it still starts, and started again at once. Clients send the same again until they are
answered and write down every acknowledgement; an LMS that verifies signatures, a mail server and
both vendors' servers stand outside and are never killed.

Then the hub is left alone until it has come to rest, and what it stored is compared with what
outside was acknowledged and heard; see :mod:`tests.crash.verdict` and :mod:`tests.races.audit`.

What it proves: see ``docs/explanation/nothing-is-lost.md``. ``CRASH_SEED`` sets the seed that is
printed at the top of a run and with each failure; threads and sockets are not repeatable, the plan
is.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from proctor_hub.storage.engine import Database
from tests.crash.seeds import seed, told
from tests.crash.site import Ground, await_rest, ground
from tests.crash.stories import Crowd
from tests.crash.verdict import pass_judgement

KILLS = 30
LEARNERS = 4


@pytest.mark.timeout(900)
def test_nothing_is_lost(tmp_path: Path, database_url: str) -> None:
    print(told())
    chance = random.Random(seed())
    with ground(tmp_path, database_url, random.Random(seed() + 1)) as field:
        crowd = Crowd(field.site, field.log, seed(), LEARNERS)
        _kill_again_and_again(field, crowd, chance)
        crowd.finish(300)
        assert not crowd.errors, crowd.errors
        database = Database(database_url)
        try:
            await_rest(field, database)
            for program in field.programs.values():
                program.ensure_running()
            books = pass_judgement(field, database)
        finally:
            database.close()
        log = field.log
        print(
            f"{KILLS} kills, {crowd.told} stories, {len(books.attempts)} attempts, "
            f"{len(log.callbacks)} callbacks acknowledged, {log.repeats} requests repeated, "
            f"{len(books.outbox)} effects, {field.lms.arrivals} arrivals at the LMS, "
            f"{len(field.post.mails)} mails, {len(log.reports)} reports"
        )
        # That there was something to lose.
        assert crowd.told > KILLS / 2 and log.repeats > KILLS / 2
        assert field.lms.arrivals > len(field.lms.events()), "nothing was ever delivered twice"


def _kill_again_and_again(field: Ground, crowd: Crowd, chance: random.Random) -> None:
    names = list(field.commands)
    for _ in range(KILLS):
        assert not crowd.errors, crowd.errors
        if chance.random() < 0.15:
            # Not even up again.
            threading.Event().wait(chance.random())
        else:
            assert field.log.await_more(chance.randint(1, 40), 60), field.log.last_failure
            threading.Event().wait(chance.random() * 0.05)
        victim = chance.choice(names)
        field.kill(victim)
        if chance.random() < 0.1:
            for other in names:
                if other != victim:
                    field.kill(other)
