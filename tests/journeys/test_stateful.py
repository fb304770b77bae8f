"""Random plays over real services and databases (issue 2, item 3): whatever learners, LMS,
vendors, staff and the clock do, no illegal state is reached, no human verdict is undone by a
machine, and history explains every status."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import URL

from tests.databases import _postgresql_database
from tests.journeys.game import Game
from tests.journeys.machine import HubMachine, Open
from tests.journeys.world import furnish

# Half a minute where all is well; whatever is found shall be told in full, which takes its time.
pytestmark = pytest.mark.timeout(900)

copy_of_postgresql = contextmanager(_postgresql_database)


def play(open_game: Open, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        # it calls what it is given, class or not
        lambda: HubMachine(open_game),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_plays_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    plan = furnish(sqlite_url)
    template = tmp_path / "hub.db"
    numbers = count()

    def open_game() -> Game:
        copy = tmp_path / f"play-{next(numbers)}.db"
        shutil.copyfile(template, copy)
        return Game(f"sqlite:///{copy}", plan)

    play(open_game, examples=60, steps=30)


@pytest.fixture
def databases(postgresql_server: URL) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_random_plays_on_postgresql(
    postgresql_server: URL, postgresql_url: str, databases: ExitStack
) -> None:
    plan = furnish(postgresql_url)
    template = postgresql_url.split("/")[-1].split("?")[0]

    def open_game() -> Game:
        url = databases.enter_context(copy_of_postgresql(postgresql_server, template))
        return Game(url, plan)

    play(open_game, examples=10, steps=25)
