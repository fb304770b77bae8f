"""A real HTTP server in a thread, for the client's tests."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class VendorHandler(BaseHTTPRequestHandler):
    """Answers by path; see the tests."""

    protocol_version = "HTTP/1.1"
    server: VendorServer

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        path = self.path.split("?")[0].strip("/")
        getattr(self, f"answer_{path}", self.answer_ok)()

    do_POST = do_GET

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_ok(self) -> None:
        self.send(200, b'{"id": 7}', Set_Cookie="session=of-a-learner; Path=/")

    def answer_latin(self) -> None:
        self.send(200, b"caf\xe9", Content_Type="text/plain; charset=latin-1")

    def answer_odd(self) -> None:
        self.send(200, b"caf\xe9", Content_Type="text/plain; charset=no-such")

    def answer_html(self) -> None:
        self.send(502, b"<html>Bad gateway", Retry_After="7")

    def answer_moved(self) -> None:
        self.send(302, b"", Location="/elsewhere")

    def answer_large(self) -> None:
        self.send(200, b"x" * 4096)

    def answer_bomb(self) -> None:
        self.send(200, gzip.compress(b"x" * 100_000), Content_Encoding="gzip")

    def answer_garbled(self) -> None:
        self.send(200, b"not gzip", Content_Encoding="gzip")

    def answer_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"short")
        self.close_connection = True

    def answer_silent(self) -> None:
        self.server.release.wait(10)
        self.close_connection = True

    def answer_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.drip(b"x")

    def answer_drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drip(b"x")

    def drip(self, byte: bytes) -> None:
        """A byte every 50 ms until the client has gone or the test is over."""
        self.close_connection = True
        while not self.server.release.wait(0.05):
            try:
                self.wfile.write(byte)
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        return


class VendorServer(ThreadingHTTPServer):
    """``seen``: method, path, headers of each request; ``release`` ends slow answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), VendorHandler)
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[VendorServer]:
    """A running vendor server."""
    running = VendorServer()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield running
    running.release.set()
    running.shutdown()
    running.server_close()
    thread.join()
