"""The command line in a folder of its own, with an environment of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from proctor_hub.cli import main
from proctor_hub.encryption_keys import new_key
from proctor_hub.vendors.installed import VENDORS_GROUP
from tests.databases import SERVER_VARIABLE


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output, which must be one JSON document."""
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no setting of the hub in the environment."""
    for name in [name for name in os.environ if name.startswith("PROCTOR_HUB_")]:
        if name == SERVER_VARIABLE:
            continue
        monkeypatch.delenv(name)
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def running(*args: str) -> Done:
        capsys.readouterr()
        status = main(args)
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return running


@pytest.fixture
def on_database(run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a migrated database; the test runs once per engine."""
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", database_url)
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", new_key("test"))
    return run


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have these entry points be the vendor plugins that are installed."""
    others = metadata.entry_points

    def installing(*points: EntryPoint) -> None:
        def found(**wanted: str) -> Any:
            if wanted.get("group") != VENDORS_GROUP:
                return others(**wanted)
            return metadata.EntryPoints(points).select(**wanted)

        monkeypatch.setattr(metadata, "entry_points", found)

    return installing


def one_sentence(done: Done) -> str:
    """Its standard error, which must be one line and no traceback."""
    assert done.err.count("\n") == 1, done.err
    assert done.err.startswith("proctor-hub: ")
    return done.err
