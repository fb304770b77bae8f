"""Fixtures of the REST provider protocol's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from proctor_hub.protocols import RestProvider
from tests.protocols.rest_support import Clock, account


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """No call leaves the machine. The module's own mock, where ``responses.get`` registers."""
    with responses.mock as mock:
        yield mock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rest(wire: responses.RequestsMock, clock: Clock) -> RestProvider:
    """The base as it stands, for one account."""
    plugin: RestProvider = account(clock=clock)
    return plugin
