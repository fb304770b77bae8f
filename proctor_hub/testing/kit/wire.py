"""The wire between plugin and vendor: a real server that writes down all and fails on demand."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Fault = Callable[["Handler"], None]
"""Answers a request in the vendor's place, wrongly."""

_OWN = {"connection", "transfer-encoding", "content-length", "keep-alive"}
_UPSTREAM_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request as it came from the plugin, byte for byte."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def where(self) -> str:
        """Method and path, without the query."""
        return f"{self.method} {self.target.partition('?')[0]}"


class Wire(ThreadingHTTPServer):
    """Passes requests on to the vendor, or fails them as told.

    :ivar sent: every request so far.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: Callable[[], int]) -> None:
        """``upstream``: the port of loopback where the vendor listens; asked at first need."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.sent: list[Sent] = []
        self.over = threading.Event()
        self._fault: Fault | None = None
        self._after = 0
        self._lock = threading.Lock()
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        """Where the plugin finds it, no slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def is_failing(self) -> bool:
        """Whether requests meet a fault now."""
        return self._fault is not None

    def stop(self) -> None:
        """Let go of whoever waits, and end."""
        self.over.set()
        self.shutdown()
        self.server_close()

    def note(self, sent: Sent) -> Fault | None:
        """Write a request down; the fault it meets."""
        with self._lock:
            self.sent.append(sent)
            if self._after > 0:
                self._after -= 1
                return None
            return self._fault

    @contextmanager
    def failing(self, fault: Fault, *, after: int = 0) -> Iterator[list[Sent]]:
        """Every request meets ``fault``, but for the first ``after``; the requests seen."""
        began = len(self.sent)
        with self._lock:
            self._fault, self._after = fault, after
        seen: list[Sent] = []
        try:
            yield seen
        finally:
            with self._lock:
                self._fault, self._after = None, 0
            seen += self.sent[began:]

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that hangs up is what this server is for."""


class Handler(BaseHTTPRequestHandler):
    """One request: written down, then failed or passed on."""

    server: Wire

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = Sent(
            method=self.command,
            target=self.path,
            headers=tuple(self.headers.items()),
            body=self.rfile.read(length),
        )
        fault = self.server.note(sent)
        if fault is None:
            self._pass_on(sent)
        else:
            fault(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any

    def _pass_on(self, sent: Sent) -> None:
        upstream = http.client.HTTPConnection(
            "127.0.0.1", self.server.upstream(), timeout=_UPSTREAM_SECONDS
        )
        try:
            kept = {name: value for name, value in sent.headers if name.lower() not in _OWN}
            upstream.request(sent.method, sent.target, sent.body or None, kept)
            reply = upstream.getresponse()
            body = reply.read()
            headers = {k: v for k, v in reply.getheaders() if k.lower() not in _OWN}
            self.answer(reply.status, body, headers)
        finally:
            upstream.close()

    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Answer and close."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the output is the tests'."""


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"{}") -> Fault:
    """A plain answer with this status."""
    told = {"Content-Type": "application/json", **(headers or {})}
    return lambda handler: handler.answer(code, body, told)


def stalls(handler: Handler) -> None:
    """No answer, until the wire is taken down or the caller gives up."""
    handler.connection.settimeout(None)
    watcher = threading.Thread(target=_until_closed, args=(handler,), daemon=True)
    watcher.start()
    watcher.join()
    handler.close_connection = True


def _until_closed(handler: Handler) -> None:
    handler.connection.settimeout(0.05)
    server = handler.server
    while not server.over.is_set() and server.is_failing:
        try:
            if not handler.connection.recv(1):
                return
        except TimeoutError:
            continue
        except OSError:
            return


def resets(handler: Handler) -> None:
    """The connection is reset in the middle of the answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()  # it keeps the connection open
    handler.connection.close()
    handler.close_connection = True


def huge(size: int) -> Fault:
    """An answer larger than the host takes."""
    return lambda handler: handler.answer(
        200, b'{"x": "' + b"x" * size + b'"}', {"Content-Type": "application/json"}
    )
