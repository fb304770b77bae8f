"""The HTTP client against a real server: deadlines, sizes, redirects, hosts, what it tells."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from proctor_hub import ConfigurationError, VendorProtocolError, VendorUnavailable
from proctor_hub.vendors.http import BoundedHttpClient, HttpLimits, time_limit
from proctor_hub.vendors.watch import CallsPaused
from tests.vendors.conftest import VendorServer

TIGHT = HttpLimits(connect=0.3, read=0.25, total=0.3, max_bytes=1000)
SECRET = "hunter2"


@pytest.fixture
def client(server: VendorServer) -> BoundedHttpClient:
    """A client with tight limits that may call the server."""
    made = BoundedHttpClient(limits=TIGHT)
    made.allow_url(f"{server.url}/base")
    return made


def test_answer_is_read_whole(client: BoundedHttpClient, server: VendorServer) -> None:
    reply = client.request(
        "POST", f"{server.url}/ok", json={"a": 1}, params={"q": "1"}, headers={"X-Y": "z"}
    )
    assert (reply.status, reply.json()) == (200, {"id": 7})
    assert reply.headers["content-length"] == reply.headers["Content-Length"] == "9"
    method, path, headers = server.seen[0]
    assert (method, path, headers["X-Y"]) == ("POST", "/ok?q=1", "z")


def test_text_by_charset(client: BoundedHttpClient, server: VendorServer) -> None:
    assert client.request("GET", f"{server.url}/latin").text == "café"
    assert client.request("GET", f"{server.url}/odd").text == "caf\ufffd"


def test_error_answers_are_answers(client: BoundedHttpClient, server: VendorServer) -> None:
    reply = client.request("GET", f"{server.url}/html")
    assert (reply.status, reply.text) == (502, "<html>Bad gateway")
    with pytest.raises(VendorProtocolError, match="is not JSON"):
        reply.json()


def test_redirects_are_not_followed(client: BoundedHttpClient, server: VendorServer) -> None:
    assert client.request("GET", f"{server.url}/moved").status == 302
    assert len(server.seen) == 1


def test_no_cookie_is_kept(client: BoundedHttpClient, server: VendorServer) -> None:
    client.request("GET", f"{server.url}/ok")
    client.request("GET", f"{server.url}/ok")
    assert "Cookie" not in server.seen[1][2]


@pytest.mark.parametrize("path", ["drip", "drip_headers", "silent"])
def test_slow_answer_ends_at_the_total_deadline(
    path: str, client: BoundedHttpClient, server: VendorServer
) -> None:
    began = time.monotonic()
    with pytest.raises(VendorUnavailable, match="No answer in time to GET http://127"):
        client.request("GET", f"{server.url}/{path}?token=secret")
    assert time.monotonic() - began < 1.0


def test_time_limit_shortens_all_calls_within(server: VendorServer) -> None:
    patient = BoundedHttpClient()
    patient.allow_url(server.url)
    began = time.monotonic()
    with time_limit(0.2):
        with time_limit(60), pytest.raises(VendorUnavailable):
            patient.request("GET", f"{server.url}/drip")
        with pytest.raises(VendorUnavailable, match="No answer in time"):
            patient.request("GET", f"{server.url}/ok")
    assert time.monotonic() - began < 1.0
    assert patient.request("GET", f"{server.url}/ok").status == 200


def test_deadline_goes_by_the_injected_clock(server: VendorServer) -> None:
    ticks = iter([0.0, 1.0, 2.0, 3.0, 99.0, *[100.0] * 20])
    client = BoundedHttpClient(monotonic=lambda: next(ticks))
    client.allow_url(server.url)
    with pytest.raises(VendorUnavailable, match="No answer in time"):
        client.request("GET", f"{server.url}/ok")


@pytest.mark.parametrize("path", ["large", "bomb"])
def test_oversize(path: str, client: BoundedHttpClient, server: VendorServer) -> None:
    with pytest.raises(VendorProtocolError, match=f"/{path} is larger than 1000 bytes"):
        client.request("GET", f"{server.url}/{path}")


def test_garbled_and_cut_answers(client: BoundedHttpClient, server: VendorServer) -> None:
    with pytest.raises(VendorProtocolError, match="cannot be decompressed"):
        client.request("GET", f"{server.url}/garbled")
    with pytest.raises(VendorUnavailable, match="broke off"):
        client.request("GET", f"{server.url}/cut")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize(("method", "tries"), [("GET", 2), ("POST", 1), ("PATCH", 1)])
def test_refused_connection_is_tried_again_for_idempotent_calls_only(
    method: str, tries: int, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = BoundedHttpClient(limits=TIGHT)
    url = f"http://127.0.0.1:{closed_port}"
    client.allow_url(url)
    connects: list[Any] = []
    connect = socket.socket.connect

    def counted(self: socket.socket, address: Any) -> None:
        connects.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", counted)
    for calls in (1, 2):  # the first must not use up the second's tries
        with pytest.raises(VendorUnavailable, match="No connection") as raised:
            client.request(method, f"{url}/path", params={"token": SECRET})
        assert len(connects) == tries * calls
        assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/",
        "http://127.0.0.1:1/",
        "https://127.0.0.1:{port}/",
        "http://user:hunter2@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}@other.example/",
        "http://other.example\\@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "//127.0.0.1/",
    ],
)
def test_foreign_host_is_refused(url: str, client: BoundedHttpClient, server: VendorServer) -> None:
    with pytest.raises((ConfigurationError, ValueError)) as raised:
        client.request("GET", url.format(port=server.server_port))
    assert "hunter2" not in str(raised.value)
    assert server.seen == []


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://", "https://a:b@x/", "http://[::1", ""])
def test_allow_url_wants_an_http_url_without_credentials(url: str) -> None:
    with pytest.raises(ConfigurationError):
        BoundedHttpClient().allow_url(url)


def test_allow_url_knows_default_ports_and_any_case() -> None:
    client = BoundedHttpClient(limits=TIGHT)
    client.allow_url("http://Vendor.Invalid:80/base")
    with pytest.raises(VendorUnavailable):
        client.request("GET", "http://vendor.invalid/x")


def test_what_cannot_be_sent_is_the_plugins_defect(
    client: BoundedHttpClient, server: VendorServer
) -> None:
    with pytest.raises(ValueError, match="cannot be sent: InvalidHeader") as raised:
        client.request("GET", f"{server.url}/ok", headers={"X": f"{SECRET}\r\n"})
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_environment_gives_no_proxy(
    client: BoundedHttpClient, server: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert client.request("GET", f"{server.url}/ok").status == 200


def test_one_connection_per_thread_is_kept(client: BoundedHttpClient, server: VendorServer) -> None:
    accepted: list[Any] = []
    get_request = server.get_request

    def counted() -> Any:
        accepted.append(1)
        return get_request()

    server.get_request = counted  # type: ignore[method-assign]

    def twice() -> None:
        for _ in range(2):
            client.request("GET", f"{server.url}/ok").json()

    threads = [threading.Thread(target=twice) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(server.seen), len(accepted)) == (4, 2)


class Watching:
    """Writes down what a watch is told; refuses where the test says so."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.refuses = False

    def begin(self) -> None:
        if self.refuses:
            raise CallsPaused("not now")
        self.told.append("begin")

    def end(self, seconds: float, status: int | None, retry_after: float | None = None) -> None:
        assert seconds >= 0
        self.told.append((status, retry_after))


def test_a_watch_is_asked_before_each_call_and_told_after_it(server: VendorServer) -> None:
    watch = Watching()
    client = BoundedHttpClient(limits=TIGHT, watch=watch)
    client.allow_url(server.url)
    client.allow_url("http://127.0.0.1:1")
    client.request("GET", f"{server.url}/ok")
    client.request("GET", f"{server.url}/html")
    with pytest.raises(VendorUnavailable):
        client.request("POST", "http://127.0.0.1:1/")
    with pytest.raises(ConfigurationError):
        client.request("GET", "http://elsewhere.example/")
    assert watch.told == ["begin", (200, None), "begin", (502, 7.0), "begin", (None, None)]
    watch.refuses = True
    with pytest.raises(CallsPaused):
        client.request("GET", f"{server.url}/ok")
    assert len(server.seen) == 2, "nothing is sent when the watch says no"
