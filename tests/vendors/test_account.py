"""An account's tokens, clock and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from proctor_hub import ConfigurationError, VendorHost
from proctor_hub.vendors.account import AccountHost
from proctor_hub.vendors.http import BoundedHttpClient

NOW = datetime(2026, 11, 22, 13, tzinfo=timezone(timedelta(hours=1)))
OLD, NEW = b"o" * 32, b"n" * 32


def host(slug: str = "acme", keys: tuple[bytes, ...] = (NEW,)) -> AccountHost:
    return AccountHost(
        slug=slug,
        public_url="https://hub.example/",
        http=BoundedHttpClient(),
        keys=keys,
        clock=lambda: NOW,
    )


def test_is_a_vendor_host() -> None:
    made: VendorHost = host()
    assert (made.slug, made.public_url) == ("acme", "https://hub.example")
    assert made.now() == NOW
    assert made.now().tzinfo is UTC


def test_token_is_stable_url_safe_and_its_own() -> None:
    token = host().token("ready", "x")
    assert token == host().token("ready", "x")
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
    others = {
        host("other").token("ready", "x"),
        host().token("start", "x"),
        host().token("ready", "y"),
        host().token("read", "yx"),
        host().token("readyx"),
        host(keys=(OLD,)).token("ready", "x"),
    }
    assert token not in others
    assert len(others) == 6


def test_check_token() -> None:
    made = host()
    token = made.token("ready", "x")
    assert made.check_token(token, "ready", "x")
    for wrong in ("", token[:-1], token + "=", token.swapcase(), "ä\ud800"):
        assert not made.check_token(wrong, "ready", "x")
    assert not made.check_token(token, "ready", "y")


def test_rotation_first_key_writes_all_check() -> None:
    old = host(keys=(OLD,)).token("ready")
    rotated = host(keys=(NEW, OLD))
    assert rotated.token("ready") == host(keys=(NEW,)).token("ready")
    assert rotated.check_token(old, "ready")
    assert not host(keys=(NEW,)).check_token(old, "ready")


@pytest.mark.parametrize("keys", [(), (b"",), (NEW, b"")])
def test_no_key_no_account(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ConfigurationError):
        host(keys=keys)


def test_allow_url_reaches_the_client() -> None:
    with pytest.raises(ConfigurationError, match="user name or password"):
        host().allow_url("https://a:b@vendor.example/")
