"""What nobody may overlook in a browser: its errors, and calls that leave this machine."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NETWORK = frozenset({"http", "https", "ws", "wss"})


class Watch:
    """Keeps an eye on every page of a context; :meth:`check` at the end fails the test."""

    def __init__(self, context: BrowserContext) -> None:
        """Begins at once; pages that are opened later are seen, too."""
        self._errors: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._strangers: list[str] = []
        self._loads: dict[str, list[Request]] = {}
        self._loaded: set[Request] = set()
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("request", self._asked)
        context.on("requestfinished", self._arrived)

    def expect(self, pattern: str) -> None:
        """An error in the console is meant to happen, such as ``status of 403``; it must."""
        self._expected.append(re.compile(pattern))

    def weight(self, address: str) -> int:
        """Bytes that came over the wire for a document and all it used so far, as they were sent
        (compressed, with headers), the last time it was opened; what was cached costs nothing.
        """
        sizes = [one.sizes() for one in self._loads[address] if one in self._loaded]
        return sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)

    def check(self) -> None:
        """:raises AssertionError: an error nobody expected, an expected one that did not happen, or
        a call of another machine.
        """
        assert not self._strangers, f"calls leave this machine: {self._strangers}"
        unexpected = [one for one in self._errors if not self._matching(one)]
        assert not unexpected, f"errors in the browser: {unexpected}"
        missing = [p.pattern for p in self._expected if not any(map(p.search, self._errors))]
        assert not missing, f"expected in the browser's console and not there: {missing}"

    def _matching(self, error: str) -> bool:
        return any(pattern.search(error) for pattern in self._expected)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location
            self._errors.append(f"{message.text} ({where.get('url')}:{where.get('lineNumber')})")

    def _failed(self, error: WebError) -> None:
        self._errors.append(str(error.error))

    def _arrived(self, request: Request) -> None:
        self._loaded.add(request)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in _NETWORK and parts.hostname not in LOOPBACK:
            self._strangers.append(request.url)
        if request.is_navigation_request():
            self._loads[request.url] = [request]
        else:
            self._loads.setdefault(request.frame.url, []).append(request)
