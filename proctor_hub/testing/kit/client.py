"""The host's HTTP client with short limits, which counts what goes through it."""

from __future__ import annotations

from typing import Any

from proctor_hub.vendors.http import BoundedHttpClient, HttpLimits, Reply

LIMITS = HttpLimits(connect=2.0, read=10.0, total=10.0, max_bytes=256 * 1024)
"""Generous to a slow machine's sandbox; checks of time-outs set shorter ones."""


class NotedClient(BoundedHttpClient):
    """A :class:`BoundedHttpClient`. :ivar calls: how many requests were made through it."""

    def __init__(self, limits: HttpLimits = LIMITS) -> None:
        """``limits``: of each exchange."""
        super().__init__(limits=limits)
        self.calls = 0

    def limit(self, seconds: float) -> None:
        """From now on an exchange takes this long at most."""
        self._limits = HttpLimits(
            connect=seconds, read=seconds, total=seconds, max_bytes=LIMITS.max_bytes
        )

    def request(self, method: str, url: str, **more: Any) -> Reply:
        """Counted, then made."""
        self.calls += 1
        return super().request(method, url, **more)
