"""Recording the leaky vendor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from proctor_hub.testing.recorded import RecordedAccount, Recording, load_account, record
from tests.recorded.leaky import SETTINGS, Leaky
from tests.support import plugin_of

HUB = "https://hub.of-this-site.example"


def clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def account(url: str, **settings: Any) -> RecordedAccount:
    """An account of the vendor at ``url``."""
    return load_account(
        "leaky",
        "leaky",
        {**SETTINGS, "base_url": url, **settings},
        public_url=HUB,
        clock=clock,
        entry_points=[plugin_of("leaky", Leaky)],
    )


def recorded(url: str, story: str) -> tuple[Recording, RecordedAccount]:
    """A story with the vendor at ``url``, and the account it was recorded with."""
    used = account(url)
    return record(used, story, clock=clock), used
