"""Which plugin fails which check of the kit, and for what reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.testing.sound import Sound

V = TypeVar("V", bound=type[Sound])


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A plugin that fails a check. :param reason: words of the problem that is told."""

    check: str
    plugin: type[Sound]
    reason: str


FLAWS: list[Flaw] = []
"""All of them; a check may have several."""


def fails(check: str, reason: str) -> Callable[[V], V]:
    """Say which check a plugin fails, and why; once for each."""

    def marked(plugin: V) -> V:
        FLAWS.append(Flaw(check=check, plugin=plugin, reason=reason))
        return plugin

    return marked
