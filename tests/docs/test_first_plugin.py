"""The tutorial *first plugin*, done as it stands: an empty folder, the wheels, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.docs.pages import read
from tests.docs.reader import Reader

pytestmark = pytest.mark.timeout(500)


def test_a_reader_gets_through(a_reader: Callable[[], Reader]) -> None:
    with a_reader() as reader:
        reader.does(read("tutorials/first-plugin.md"))
