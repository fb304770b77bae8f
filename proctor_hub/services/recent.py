"""Rows read a moment ago, so that a burst of calls does not read the same one for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

MOMENT = timedelta(seconds=1)
"""So long another process's change of such a row may go unnoticed."""

_MOST = 1000


class Recent:
    """What was found under a key, for :data:`MOMENT`; what was not found is asked for again."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._seen: dict[str, tuple[datetime, Any]] = {}

    def get(self, key: str, now: datetime, find: Callable[[], T | None]) -> T | None:
        """What ``find`` found under ``key``, at most a moment before ``now``."""
        known = self._seen.get(key)
        if known is not None and abs(now - known[0]) < MOMENT:
            found: T = known[1]
            return found
        fresh = find()
        if len(self._seen) >= _MOST:
            self._seen.clear()
        if fresh is not None:
            self._seen[key] = (now, fresh)
        return fresh

    def forget(self, key: str) -> None:
        """The row changed: read it again."""
        self._seen.pop(key, None)
