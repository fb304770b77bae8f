"""The access token: fetched once, kept until shortly before expiry, fetched again on a 401."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
from pydantic import SecretStr
from requests import PreparedRequest

from proctor_hub import VendorProtocolError, VendorUnauthorized, VendorUnavailable
from proctor_hub.protocols import RestProvider
from proctor_hub.protocols._rest_tokens import TokenCache
from proctor_hub.vendors.account import AccountHost
from proctor_hub.vendors.http import BoundedHttpClient
from tests.protocols.rest_support import API, BASE, SECRET, TOKEN_URL, Clock, account, grant

CONFIG_URL = f"{API}/config/"


def urls() -> list[str | None]:
    return [call.request.url for call in responses.calls]


@pytest.fixture
def config(wire: responses.RequestsMock) -> None:
    responses.get(CONFIG_URL, json={"rules": {}})


def test_token_is_asked_for_with_the_client_credentials(rest: RestProvider, config: None) -> None:
    grant()
    rest.rules_catalog(language="en")
    request = responses.calls[0].request
    assert (request.method, request.url) == ("POST", TOKEN_URL)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers
    assert parse_qs(str(request.body)) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the-hub"],
        "client_secret": [SECRET],
        "token_type": ["jwt"],
    }


@pytest.mark.parametrize(("lifetime", "kept"), [(3600, 3540), (60, 30), ("soon", 30), (None, 30)])
def test_token_is_kept_until_shortly_before_expiry(
    rest: RestProvider, clock: Clock, config: None, lifetime: Any, kept: int
) -> None:
    grant(expires_in=lifetime)
    rest.rules_catalog(language="en")
    clock.now += timedelta(seconds=kept - 1)
    rest.rules_catalog(language="en")
    assert urls().count(TOKEN_URL) == 1
    clock.now += timedelta(seconds=1)
    rest.rules_catalog(language="en")
    assert urls().count(TOKEN_URL) == 2


@pytest.mark.parametrize("lifetime", [10**400, -5, 0, True, [], "3600"])
def test_lifetime_that_makes_no_sense_breaks_nothing(
    rest: RestProvider, config: None, lifetime: Any
) -> None:
    grant(expires_in=lifetime)
    assert rest.rules_catalog(language="en").labels == {}


def test_refused_token_is_fetched_anew_once(rest: RestProvider) -> None:
    grant("old")
    responses.get(CONFIG_URL, status=401)
    grant("new")
    responses.get(CONFIG_URL, json={"rules": {"a": "A"}})
    assert rest.rules_catalog(language="en").labels == {"a": "A"}
    assert urls() == [TOKEN_URL, CONFIG_URL, TOKEN_URL, CONFIG_URL]
    words = [responses.calls[at].request.headers["Authorization"] for at in (1, 3)]
    assert words == ["JWT old", "JWT new"]


def test_a_second_401_is_final(rest: RestProvider) -> None:
    grant()
    responses.get(CONFIG_URL, status=401)
    with pytest.raises(VendorUnauthorized) as caught:
        rest.rules_catalog(language="en")
    assert len(responses.calls) == 4
    assert not caught.value.retryable


def test_forbidden_fetches_no_new_token(rest: RestProvider) -> None:
    grant()
    responses.get(CONFIG_URL, status=403)
    with pytest.raises(VendorUnauthorized):
        rest.rules_catalog(language="en")
    assert len(responses.calls) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_credentials(rest: RestProvider, status: int) -> None:
    responses.post(TOKEN_URL, status=status, json={"error": "invalid_client"})
    with pytest.raises(VendorUnauthorized) as caught:
        rest.rules_catalog(language="en")
    assert SECRET not in str(caught.value)
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    "answer", [{}, [], {"access_token": ""}, {"access_token": 5}, {"access_token": "a\r\nX: y"}]
)
def test_answer_without_a_usable_token(rest: RestProvider, answer: Any) -> None:
    responses.post(TOKEN_URL, json=answer)
    with pytest.raises(VendorProtocolError) as caught:
        rest.rules_catalog(language="en")
    assert caught.value.retryable


def test_another_path_for_tokens_is_a_setting(wire: responses.RequestsMock, config: None) -> None:
    responses.post(f"{BASE}/o/token", json={"access_token": "t", "expires_in": 60})
    account(token_path="/o/token").rules_catalog(language="en")
    assert urls()[0] == f"{BASE}/o/token"


def test_two_accounts_share_no_token(wire: responses.RequestsMock, config: None) -> None:
    grant("one")
    grant("two")
    account().rules_catalog(language="en")
    account().rules_catalog(language="en")
    assert urls().count(TOKEN_URL) == 2


class SlowVendor:
    """A token endpoint that answers when it is let, and counts its calls."""

    def __init__(self, status: int) -> None:
        self.let = Event()
        self.calls = 0
        self._status = status
        self._lock = Lock()

    def __call__(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        with self._lock:
            self.calls += 1
        assert self.let.wait(10)
        return self._status, {}, '{"access_token": "tok", "expires_in": 60}'


class CountingLock:
    """A lock that tells when ``crowd`` threads have come to it."""

    def __init__(self, crowd: int) -> None:
        self.full = Event()
        self._left = crowd
        self._count, self._lock = Lock(), Lock()

    def __enter__(self) -> None:
        with self._count:
            self._left -= 1
            if self._left == 0:
                self.full.set()
        self._lock.acquire()

    def __exit__(self, *exc: object) -> None:
        self._lock.release()


def crowd(vendor: SlowVendor, monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """Eight threads that all want a token before the vendor answers the first one's fetch."""
    responses.add_callback("POST", TOKEN_URL, vendor)
    http = BoundedHttpClient()
    http.allow_url(BASE)
    host = AccountHost(
        slug="acme", public_url="https://hub.example", http=http, keys=(b"k",), clock=Clock()
    )
    cache = TokenCache(host, TOKEN_URL, "the-hub", SecretStr(SECRET))
    lock = CountingLock(8)
    monkeypatch.setattr(cache, "_lock", lock)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(cache.get) for _ in range(8)]
        assert lock.full.wait(10)
        vendor.let.set()
        return [future.exception(10) for future in futures]


def test_a_crowd_shares_one_fetch(
    wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = SlowVendor(200)
    assert crowd(vendor, monkeypatch) == [None] * 8
    assert vendor.calls == 1


def test_a_crowd_shares_one_outage(
    wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = SlowVendor(503)
    errors = crowd(vendor, monkeypatch)
    assert all(isinstance(error, VendorUnavailable) for error in errors)
    assert len({id(error) for error in errors}) == 8
    assert vendor.calls == 1
