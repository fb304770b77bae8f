"""The transport of the how-to: installed as a distribution would be, fed by a real relay."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from proctor_hub.jobs.endpoints import ways
from proctor_hub.jobs.relay import Relay
from proctor_hub.transports.contract import TRANSPORTS_GROUP
from proctor_hub.transports.routing import Route, Routing
from tests.docs.pages import DOCS
from tests.jobs.support import stored
from tests.jobs.test_endpoints import ALL, DEMO, takes_quiz
from tests.support import a_hub
from tests.transports.support import endpoint, loaded

CODE = DOCS / "how-to" / "code" / "transport_plugin"


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    monkeypatch.syspath_prepend(str(CODE))
    project = tomllib.loads((CODE / "pyproject.toml").read_text(encoding="utf-8"))
    found = project["project"]["entry-points"][TRANSPORTS_GROUP]
    yield [EntryPoint(name, value, TRANSPORTS_GROUP) for name, value in found.items()]
    sys.modules.pop("proctor_hub_journal", None)


def test_every_event_becomes_a_line_and_a_full_disk_loses_none(
    sqlite_url: str, tmp_path: Path, points: list[EntryPoint]
) -> None:
    journal = tmp_path / "not yet" / "events.jsonl"
    config = endpoint("archive", "journal", path=str(journal))
    endpoints = loaded(config, points=points)
    assert not endpoints.broken
    with a_hub(sqlite_url) as hub:
        hub = replace(hub, endpoints=Routing([Route(destination=config.destination)]))
        takes_quiz(hub, DEMO, "ada")
        relay = Relay(hub, ways(endpoints))
        assert relay.run_once() == 0
        assert "the journal cannot be written: No such file" in stored(hub)[0].last_error
        journal.parent.mkdir()
        hub.now.move(hours=1)  # type: ignore[attr-defined]
        assert relay.run_once() == len(ALL)
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [line["type"] for line in lines] == ALL


def test_settings_that_do_not_fit_name_the_table(points: list[EntryPoint]) -> None:
    found = loaded(endpoint("archive", "journal", file="x"), points=points)
    assert "[lms.endpoints.archive] is not valid: path: " in found.broken["lms:archive"].reason
