"""An account's HTTP client that lets somebody listen to its exchanges: checks and recordings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proctor_hub.vendors.account import AccountHttp
from proctor_hub.vendors.host import HttpReply
from proctor_hub.vendors.http import Origin, origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request as the plugin gave it, and the answer; None: there was none.

    :param options: ``json``, ``data``, ``params`` and ``headers``, where given; may hold secrets.
    :param seconds: how long it took. :param midway: the host's time in the middle of it.
    """

    method: str
    url: str = field(repr=False)
    options: Mapping[str, Any] = field(repr=False)
    reply: HttpReply | None
    seconds: float
    midway: datetime


class ListeningHttp:
    """Passes everything on to another client.

    :ivar exchanges: all so far, in order. :ivar origins: what the account may call, in the order
        its plugin named them.
    """

    def __init__(self, inner: AccountHttp, now: Callable[[], datetime]) -> None:
        """``now``: the clock that replies are compared with."""
        self._inner = inner
        self._now = now
        self.exchanges: list[Exchange] = []
        self.origins: list[Origin] = []

    def allow_url(self, url: str) -> None:
        """Allow the scheme, host and port of ``url``."""
        self._inner.allow_url(url)
        origin = origin_of(url)
        if origin not in self.origins:
            self.origins.append(origin)

    def request(self, method: str, url: str, **options: Any) -> HttpReply:
        """As the other client's; noted even where it raises."""
        began_at, began = self._now(), time.perf_counter()
        reply: HttpReply | None = None
        try:
            reply = self._inner.request(method, url, **options)
            return reply
        finally:
            seconds = time.perf_counter() - began
            self.exchanges.append(
                Exchange(
                    method=method,
                    url=url,
                    options={k: v for k, v in options.items() if v is not None},
                    reply=reply,
                    seconds=seconds,
                    midway=began_at + (self._now() - began_at) / 2,
                )
            )
