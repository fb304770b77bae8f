from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jobs.mail.sink import Sink, running


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server that takes every mail, in clear and without a login."""
    with running(Sink()) as sink:
        yield sink
