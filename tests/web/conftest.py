from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.site import Site, a_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """A site; the test runs once per database engine."""
    with a_site(database_url) as made:
        yield made


@pytest.fixture
def embedded_site(sqlite_url: str) -> Iterator[Site]:
    """A site on SQLite alone, for what has nothing to do with the database."""
    with a_site(sqlite_url) as made:
        yield made
