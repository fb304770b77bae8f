"""What the operator tells the sandbox: its customer's account, and where reviews go."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

Clock = Callable[[], datetime]
ENV_PREFIX = "RPNOW_SANDBOX_"

# Values for a sandbox on loopback: known to everyone, worth nothing anywhere else.
DEMO_DEFAULTS: Mapping[str, str] = {
    "organization": "demo",
    "secret_key_id": "demo-key",
    "secret_key": "demo-rpnow-secret-key-for-loopback-only",
    "crypto_key": "demo-rpnow-crypto-key-24",
    "review_url": "",
    "public_url": "",
    "clock_skew_s": "300",
}


def utc_now() -> datetime:
    """The system's time as an aware UTC datetime: the sandbox's default clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """One customer account at the simulated vendor (wire/rpnow.md).

    `review_url` is the hub's callback URL with its unguessable per-account token in path or
    query (empty: no reviews can be sent); `clock_skew` is how far the `Date` of a registration
    may be from the sandbox's clock; `public_url` is the sandbox's own address for links (empty:
    taken from the request). Raises ValueError, naming the setting, for values that cannot work.
    """

    organization: str
    secret_key_id: str
    secret_key: str = field(repr=False)
    crypto_key: str = field(repr=False)
    review_url: str = field(default="", repr=False)
    clock_skew: timedelta = timedelta(minutes=5)
    public_url: str = ""

    def __post_init__(self) -> None:
        for name in ("organization", "secret_key_id", "secret_key"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
        if not self.secret_key.isascii():
            raise ValueError("secret_key must be ASCII text")
        if len(self.crypto_key.encode()) not in (16, 24):
            raise ValueError("crypto_key must be 16 or 24 bytes long (a 3DES key)")
        for name in ("review_url", "public_url"):
            if getattr(self, name) and not is_http_url(getattr(self, name)):
                raise ValueError(f"{name} must be an absolute http or https URL")
        if self.clock_skew <= timedelta(0):
            raise ValueError("clock_skew must be positive")


def is_http_url(text: str) -> bool:
    """Whether `text` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def settings_from(
    options: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> SandboxSettings:
    """Settings from `options`, else `RPNOW_SANDBOX_<NAME>` in `environ`, else demo defaults.

    Names are those of DEMO_DEFAULTS (`clock_skew_s` in seconds). Raises ValueError for an
    unknown option or an impossible value, naming it.
    """
    unknown = sorted(set(options) - set(DEMO_DEFAULTS))
    if unknown:
        known = ", ".join(DEMO_DEFAULTS)
        raise ValueError(f"unknown option {', '.join(unknown)}: the sandbox knows {known}")
    values = {
        name: options.get(name, environ.get(ENV_PREFIX + name.upper(), default))
        for name, default in DEMO_DEFAULTS.items()
    }
    skew = values.pop("clock_skew_s")
    try:
        clock_skew = timedelta(seconds=float(skew))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"clock_skew_s must be a number of seconds, not {skew!r}") from error
    return SandboxSettings(**values, clock_skew=clock_skew)
