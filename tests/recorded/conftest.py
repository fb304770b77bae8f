from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.recorded.leaky import a_leaky_vendor


@pytest.fixture
def vendor() -> Iterator[str]:
    """The address of the vendor that says back what it is told."""
    with a_leaky_vendor() as url:
        yield url
