from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.attempts.world import World, a_world


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A vendor without a stop call; suspicious reviews go to the course team."""
    with a_world(database_url) as world:
        yield world


@pytest.fixture
def stopping(database_url: str) -> Iterator[World]:
    """A vendor that wants to hear of the end of a session."""
    with a_world(database_url, vendors={"acme": {"has_stop_call": True}}) as world:
        yield world


@pytest.fixture
def supported(database_url: str) -> Iterator[World]:
    """A vendor whose suspicious reviews go to support."""
    with a_world(database_url, vendors={"acme": {"second_review_owner": "support"}}) as world:
        yield world
