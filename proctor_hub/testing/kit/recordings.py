"""A vendor that is a folder of recorded exchanges, answered in place of a sandbox."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from proctor_hub.testing.kit.sandboxes import Stop
from proctor_hub.testing.recorded import load_recording, recordings_in
from proctor_hub.testing.recorded.names import PLACEHOLDER, Names
from proctor_hub.testing.recorded.scrub import Scrubber
from proctor_hub.testing.recorded.story import MOMENT
from proctor_hub.testing.recorded.wire import shown_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded exchange: ``method`` and ``path`` of the request, and the vendor's answer.

    ``*`` in the path stands for any one segment: ids differ from run to run.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    def answers(self, method: str, path: str) -> bool:
        """Whether it is the exchange of this request."""
        mine, asked = self.path.split("/"), path.split("/")
        return (
            method == self.method
            and len(mine) == len(asked)
            and all(a in ("*", b) for a, b in zip(mine, asked, strict=True))
        )


@dataclass(frozen=True)
class Recordings:
    """A folder of recordings (:mod:`proctor_hub.testing.recorded`): the vendor's side of the wire.

    Of several answers to the same the last good one is given: the story goes on by it.
    """

    folder: Path

    def exchanges(self, *, vendor: str = "", hub: str = "") -> list[Exchange]:
        """All of them. :param vendor: its address, :param hub: the hub's, as answers tell them.

        :raises ConfigurationError: there is none, or a file is no recording.
        """
        names = Names()
        names.learn("vendor", vendor)
        names.learn("hub", hub)
        scrubber = Scrubber(names, MOMENT)
        found: dict[tuple[str, str], Exchange] = {}
        for recording in map(load_recording, recordings_in(self.folder)):
            for one in (one for step in recording.steps for one in step.exchanges):
                if one.answer is None:
                    continue
                path = PLACEHOLDER.sub("*", one.request.url.removeprefix("«vendor»"))
                key = (one.request.method, path)
                if key not in found or one.answer.status < 300:
                    found[key] = Exchange(
                        method=one.request.method,
                        path=path,
                        status=one.answer.status,
                        headers=one.answer.headers,
                        body=shown_body(one.answer.body, scrubber).decode(),
                    )
        return list(found.values())

    def start(self, port: int, values: Mapping[str, str]) -> Stop:
        """Answer on ``port`` of loopback; what ends it. An unknown request is answered 501."""
        told = self.exchanges(vendor=values["sandbox_url"], hub=values["hub_url"])
        server = _Replaying(port, told)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

        def stop() -> None:
            server.shutdown()
            server.server_close()

        return stop


class _Replaying(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, exchanges: list[Exchange]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.exchanges = exchanges


class _Handler(BaseHTTPRequestHandler):
    def _any(self) -> None:
        path = self.path.partition("?")[0]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        known = cast(_Replaying, self.server).exchanges
        found = next((one for one in known if one.answers(self.command, path)), None)
        status, headers, body = (
            (501, {}, "nothing like it was recorded")
            if found is None
            else (found.status, found.headers, found.body)
        )
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
