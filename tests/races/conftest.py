from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.races.audit import audit
from tests.races.pausing import Gate, Server
from tests.races.racing import without_deadlocks
from tests.races.references import References, hurried
from tests.services.attempts.world import World


@pytest.fixture(autouse=True)
def busy_interpreter() -> Iterator[None]:
    """Threads take turns often, so that two calls really meet in the middle."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


def _audited(url: str) -> Iterator[World]:
    with hurried(url) as world:
        with without_deadlocks(world.hub):
            yield world
        audit(world.hub.database, mails=True)


@pytest.fixture
def racing(database_url: str) -> Iterator[World]:
    """A hub whose learners are written to; afterwards every stored row is audited."""
    yield from _audited(database_url)


@pytest.fixture
def interleaving(postgresql_url: str) -> Iterator[World]:
    """The same on PostgreSQL alone."""
    yield from _audited(postgresql_url)


@pytest.fixture
def gate(interleaving: World) -> Gate:
    """Where commits of that hub can be made to wait."""
    return Gate(interleaving.hub)


@pytest.fixture
def server(interleaving: World) -> Iterator[Server]:
    """Who waits for whom, as the database server sees it."""
    watching = Server(interleaving.hub)
    yield watching
    watching.close()


@pytest.fixture(scope="session")
def references(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[References]:
    """What each pair leaves when nothing happens at once."""
    path = tmp_path_factory.mktemp("references") / "hub.db"
    shutil.copyfile(sqlite_template, path)
    with hurried(f"sqlite:///{path}") as world:
        yield References(world)
