"""Which plugin fails which check of the kit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tests.testing.sound import Sound

BAD: dict[str, type[Sound]] = {}
"""Check → the plugin that fails it."""

V = TypeVar("V", bound=type[Sound])


def fails(*checks: str) -> Callable[[V], V]:
    """Say which checks a plugin fails."""

    def marked(plugin: V) -> V:
        for check in checks:
            assert check not in BAD, f"two plugins fail {check}; one is enough"
            BAD[check] = plugin
        return plugin

    return marked
