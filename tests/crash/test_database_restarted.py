"""The database server crashes and comes back under load; the hub goes on without a restart."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from proctor_hub.storage.engine import Database
from proctor_hub.storage.migrate import upgrade
from tests.crash.cluster import cluster
from tests.crash.seeds import seed, told
from tests.crash.site import await_rest, ground
from tests.crash.stories import Crowd
from tests.crash.verdict import pass_judgement

CRASHES = 4


@pytest.mark.timeout(600)
def test_the_hub_comes_back_by_itself(tmp_path: Path) -> None:
    print(told())
    chance = random.Random(seed())
    with cluster() as server:
        upgrade(server.url)
        with ground(tmp_path, server.url, chance) as field:
            pids = {name: program.pid for name, program in field.programs.items()}
            crowd = Crowd(field.site, field.log, seed(), 3)
            for _ in range(CRASHES):
                assert field.log.await_more(chance.randint(10, 40), 120), field.log.last_failure
                server.stop()
                # Long enough for every thread to meet it.
                threading.Event().wait(chance.random())
                server.start()
            assert field.log.await_more(40, 120), field.log.last_failure
            crowd.finish(300)
            assert not crowd.errors, crowd.errors
            database = Database(server.url)
            try:
                await_rest(field, database)
                pass_judgement(field, database)
            finally:
                database.close()
            assert {name: program.pid for name, program in field.programs.items()} == pids
            assert field.log.repeats, "nobody noticed"
