"""What the plugin says to its vendor and understands, as it was recorded with the sandbox."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from proctor_hub.testing.recorded import (
    changes,
    load_account,
    load_recording,
    record,
    recordings_in,
    replay,
    stories,
)
from proctor_hub.testing.serving import address_of, open_door, serving
from proctor_hub_proctortrack.plugin import ProctortrackPlugin
from proctor_hub_proctortrack.sandbox import create_app

from .sandbox_support import SETTINGS

FOLDER = Path(__file__).parent / "recordings"
ACCOUNT = {
    "base_url": "https://vendor.invalid",
    "client_id": "this-hub",
    "client_secret": "a-secret-of-this-test",
    "support_email": "help@vendor.invalid",
}
FILES = [pytest.param(path, id=path.stem) for path in recordings_in(FOLDER)]


@pytest.fixture
def vendor() -> Iterator[str]:
    """The sandbox's address."""
    door = open_door()
    with serving(create_app(replace(SETTINGS, public_url=address_of(door))), door):
        yield address_of(door)


@pytest.mark.parametrize("path", FILES)
def test_the_plugin_plays_it(path: Path) -> None:
    replay(load_recording(path), ProctortrackPlugin, ACCOUNT)


@pytest.mark.parametrize("path", FILES)
def test_the_sandbox_still_answers_so(path: Path, vendor: str) -> None:
    commands = tomllib.loads((FOLDER / "steering.toml").read_text(encoding="utf-8"))["commands"]

    def act(what: str, values: Mapping[str, str]) -> bool:
        if what not in commands:
            return False
        target = vendor + commands[what]["path"].format(**values)
        body = {k: v.format(**values) for k, v in commands[what].get("body", {}).items()}
        requests.post(target, json=body, timeout=10).raise_for_status()
        return True

    secret = SETTINGS.client_secret
    given = {"base_url": vendor, "client_id": SETTINGS.client_id, "client_secret": secret}
    account = load_account(
        "proctortrack",
        "proctortrack",
        given,
        public_url="http://127.0.0.1:9",
        clock=lambda: datetime.now(UTC),
    )
    assert path.stem in stories(account)
    again = record(account, path.stem, clock=lambda: datetime.now(UTC), act=act)
    assert changes(load_recording(path), again) is None
    assert secret not in again.text()


def test_each_story_is_recorded() -> None:
    account = load_account(
        "proctortrack",
        "proctortrack",
        ACCOUNT,
        public_url="http://127.0.0.1:9",
        clock=lambda: datetime.now(UTC),
    )
    assert {path.stem for path in recordings_in(FOLDER)} == set(stories(account))
