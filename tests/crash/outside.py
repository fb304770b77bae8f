"""What stands outside the hub and is never killed: the vendors' own servers and the LMS.

Both share no code with the hub. The LMS checks signatures itself, keeps events in a database of its
own before it acknowledges them, applies each once, and now and then fails on purpose: before or
after it has kept an event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import sqlite3
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


class Call(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = tuple[int, Any]
"""Status, and what is answered as JSON."""


@contextmanager
def served(handle: Callable[[Call], Answer | bytes]) -> Iterator[str]:
    """Serve ``handle`` on loopback while the block runs; its address. Bytes go out as they are."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(size)
            if len(body) < size:  # the hub was killed between its headers and its body
                self.close_connection = True
                return
            answer = handle(Call(self.command, self.path, headers, body))
            if isinstance(answer, bytes):
                self.wfile.write(answer)
                self.close_connection = True
                return
            status, document = answer
            told = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = do_PATCH = do_DELETE = _any

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:  # the hub was killed in the middle of it, which is the point
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:  # likewise
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Vendors:
    """Both vendors' servers at one address: the REST protocol's, and RPNow's registration.

    :ivar mood: answers instead, where it does not return None.
    :ivar told: external id → what it was told of a session, in order.
    :ivar start_urls: attempt code → the address its secure browser opens.
    """

    mood: Callable[[Call], Answer | bytes | None] | None = None
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    start_urls: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, call: Call) -> Answer | bytes:
        """One call of the hub."""
        if self.mood is not None and (strange := self.mood(call)) is not None:
            return strange
        path = call.path.partition("?")[0].rstrip("/")
        if path.endswith("/oauth2/access_token"):
            return 200, {"access_token": "token", "expires_in": 36_000}
        if path == "/register":
            return self._register(json.loads(call.body))
        parts = path.split("/")
        if "attempt" not in parts:
            return 200, {"id": f"exam-{json.loads(call.body)['id']}" if call.body else "none"}
        external_id = parts[-1]
        with self._lock:
            match call.method:
                case "PATCH":
                    status = str(json.loads(call.body)["status"])
                    self.told[external_id].append(status)
                    return 200, {"status": status}
                case "DELETE":
                    self.told[external_id].append("deleted")
                    return 200, {"status": "deleted"}
                case "POST":
                    return 200, {"id": f"session-{uuid.uuid4().hex}"}
        return 200, {"download_url": "https://vendor.example/app", "instructions": ["Open it."]}

    def _register(self, body: Mapping[str, Any]) -> Answer:
        with self._lock:
            self.start_urls[body["examCode"]] = body["examUrl"]
        return 200, {"ssiRecordLocator": f"locator-{uuid.uuid4().hex}"}


class Lms:
    """Takes events over HTTP; see the module's docstring.

    :param path: of its own database. :param chance: when to fail. :param failing: how often.
    """

    def __init__(self, path: Path, chance: random.Random, failing: float = 0.04) -> None:
        self._key = base64.b64decode(SECRET.removeprefix("whsec_"))
        self._chance = chance
        self._failing = failing
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("CREATE TABLE events (n INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT)")
        self.arrivals = 0
        self.forged: list[str] = []

    def close(self) -> None:
        """End."""
        self._db.close()

    def answer(self, call: Call) -> Answer:
        """One event, or what pretends to be one."""
        event_id = call.headers.get("webhook-id", "")
        signed = b".".join(
            [event_id.encode(), call.headers.get("webhook-timestamp", "").encode(), call.body]
        )
        expected = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        if call.headers.get("webhook-signature") != "v1," + expected.decode():
            self.forged.append(event_id)
            return 401, {}
        with self._lock:
            before, after = self._chance.random(), self._chance.random()
            if before < self._failing:
                return 500, {"error": "failed before it was kept"}
            self.arrivals += 1
            with self._db:
                self._db.execute(
                    "INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)",
                    (event_id, call.body.decode()),
                )
        if after < self._failing:
            return 500, {"error": "failed after it was kept"}
        return 200, {}

    def events(self) -> list[dict[str, Any]]:
        """Every event once, in the order in which they came first."""
        with self._lock:
            rows = self._db.execute("SELECT id, body FROM events ORDER BY n").fetchall()
        events = []
        for event_id, body in rows:
            event = json.loads(body)
            assert event["id"] == event_id, event
            events.append(event)
        return events
