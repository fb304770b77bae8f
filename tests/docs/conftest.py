"""The generators of the reference pages, as a module; readers of tutorials, with the wheels."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.docs.reader import Reader
from tests.wheels import build_wheels

sys.path.append(str(ROOT / "docs" / "_ext"))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hub's wheel and both plugins', of this tree."""
    folder = tmp_path_factory.mktemp("published") / "wheels"
    build_wheels((ROOT, *sorted(ROOT.glob("plugins/*/"))), folder)
    return folder


@pytest.fixture
def a_reader(wheels: Path, tmp_path: Path) -> Iterator[Callable[[], Reader]]:
    """Makes a reader in a folder that holds nothing but the wheels."""
    notes = tmp_path / "notes"
    notes.mkdir()
    # What the wheels depend on comes as when the checkout was set up, in the locked versions.
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = notes / "versions.txt"
    pins.write_text("\n".join(re.findall(r"^[^\s#]+==[^\\\n]+", lock, re.M)), encoding="utf-8")

    def begin() -> Reader:
        folder = tmp_path / "reader"
        shutil.copytree(wheels, folder / "wheels")
        return Reader(folder, notes, {"PIP_CONSTRAINT": str(pins), "PIP_QUIET": "1"})

    yield begin
    shutil.rmtree(tmp_path / "reader", ignore_errors=True)
