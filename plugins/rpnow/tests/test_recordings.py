"""What the plugin says to its vendor and understands, as it was recorded with the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from proctor_hub.testing.recorded import (
    RecordedAccount,
    changes,
    load_account,
    load_recording,
    record,
    recordings_in,
    replay,
    stories,
)
from proctor_hub.testing.serving import address_of, open_door, serving
from proctor_hub_rpnow.plugin import RPNowPlugin
from proctor_hub_rpnow.sandbox import SandboxSettings, create_app

FOLDER = Path(__file__).parent / "recordings"
FILES = [pytest.param(path, id=path.stem) for path in recordings_in(FOLDER)]
SECRET = "a-secret-of-this-test"
CRYPTO_KEY = "sixteen-byte-key"


def table(vendor: str, **changed: Any) -> dict[str, Any]:
    """The account's settings, with the vendor at this address."""
    return {
        "organization": "this-university",
        "exam_sponsor": "This University",
        "exam_register_endpoint": f"{vendor}/api/registrations",
        "secret_key_id": "key-of-this-test",
        "secret_key": SECRET,
        "crypto_key": CRYPTO_KEY,
        "software_download_url": f"{vendor}/download",
        **changed,
    }


def account(vendor: str) -> RecordedAccount:
    """The account, loaded as the host loads it."""
    return load_account(
        "rpnow",
        "rpnow",
        table(vendor),
        public_url="http://127.0.0.1:9",
        clock=lambda: datetime.now(UTC),
    )


@pytest.fixture
def vendor() -> Iterator[str]:
    """The sandbox's address."""
    settings = SandboxSettings(
        organization="this-university",
        secret_key_id="key-of-this-test",
        secret_key=SECRET,
        crypto_key=CRYPTO_KEY,
        review_url="http://127.0.0.1:9/review",
    )
    door = open_door()
    with serving(create_app(settings), door):
        yield address_of(door)


@pytest.mark.parametrize("path", FILES)
def test_the_plugin_plays_it(path: Path) -> None:
    other = table("https://vendor.invalid", crypto_key="k" * 24, secret_key="quite another")
    replay(load_recording(path), RPNowPlugin, other)


@pytest.mark.parametrize("path", FILES)
def test_the_sandbox_still_answers_so(path: Path, vendor: str) -> None:
    again = record(account(vendor), path.stem, clock=lambda: datetime.now(UTC))
    assert changes(load_recording(path), again) is None
    assert not {SECRET, CRYPTO_KEY} & set(again.text().split('"'))


def test_each_story_is_recorded() -> None:
    known = set(stories(account("https://vendor.invalid")))
    assert {path.stem for path in recordings_in(FOLDER)} == known
