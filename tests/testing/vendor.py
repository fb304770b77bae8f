"""The vendor that :mod:`tests.testing.sound` talks to: a server in this process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, ClassVar, cast

import requests

from proctor_hub.testing.conformance import Sandbox, Session, VendorConformance
from tests.testing.sound import FRESH, WORDS, Polled, Sound, signature

SETTINGS = {
    "base_url": "{sandbox_url}",
    "api_key": "{secret}",
    "signing_key": "{key24}",
}


class SoundVendor(ThreadingHTTPServer):
    """Gives out ids, and takes everything else."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.ids = count(1)
        self.gone: set[str] = set()
        self.news: dict[str, list[Any]] = {}


class Handler(BaseHTTPRequestHandler):
    def _any(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self._answer(json.loads(raw) if raw else {})
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = _any

    def _answer(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        vendor = cast(SoundVendor, self.server)
        if self.command == "DELETE":
            known = self.path not in vendor.gone or not self.path.startswith("/sessions/")
            vendor.gone.add(self.path)
            return (200, {}) if known else (404, {"error": "no such session"})
        if self.path.endswith("/news"):
            vendor.news.setdefault(self.path.removesuffix("/news"), []).append(body)
        elif self.path.startswith("/sessions/") and self.command == "GET":
            return 200, {"news": vendor.news.get(self.path, [])}
        if self.command == "POST":
            return 200, {"id": body.get("id") or f"id-{next(vendor.ids)}"}
        if self.path.startswith("/profiles/"):
            return 200, {"until": int(time.time()) + 86_400}
        return 200, {"labels": {"no_phone": "Forbid phones"}}

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class InThisProcess(Sandbox):
    """Started in a thread: a family of bad plugins has no second to wait for each."""

    def start(self, port: int, values: Mapping[str, str]) -> Any:
        vendor = SoundVendor(port)
        threading.Thread(
            target=vendor.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

        def stop() -> None:
            vendor.shutdown()
            vendor.server_close()

        return stop


class SoundCase(VendorConformance):
    """What its author says."""

    plugin: ClassVar[type[Sound]] = Sound
    settings = SETTINGS
    sandbox = InThisProcess(run="sound")
    words = WORDS
    callbacks_expire_after = FRESH

    def make_ready(self, at: Session) -> None:
        self.tell(at, "ready", {})

    def send_review(self, at: Session, word: str) -> None:
        self.tell(at, "reviewed", {"word": word})

    def tell(self, at: Session, what: str, news: Mapping[str, str]) -> None:
        """The vendor's call, signed as it signs."""
        sent_at, body = str(int(at.bench.clock().timestamp())), json.dumps(news).encode()
        path = f"/callbacks/sound/{at.external_id}/{what}"
        headers = {
            "X-Sent-At": sent_at,
            "X-Signature": signature(
                at.bench.table["signing_key"], sent_at, self.plugin.signed(path), body
            ),
            "Content-Type": "application/json",
        }
        requests.post(at.bench.running.url + path, data=body, headers=headers, timeout=30)


class PolledCase(SoundCase):
    """What the author of the one that cannot call back says."""

    plugin = Polled
    callbacks_expire_after = None

    def tell(self, at: Session, what: str, news: Mapping[str, str]) -> None:
        """The vendor has news, for whoever asks."""
        path = f"/sessions/{at.external_id}/news"
        requests.post(at.bench.wire.url + path, json={"what": what, **news}, timeout=30)
