"""What a plugin is built with: one vendor account's view of the host."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from proctor_hub.errors import ConfigurationError
from proctor_hub.vendors.host import HttpClient

_LABEL = "proctor_hub vendor token"


class AccountHttp(HttpClient, Protocol):
    """A client that learns from the account which hosts it may call."""

    def allow_url(self, url: str) -> None:
        """Allow the scheme, host and port of ``url``."""


class AccountHost:
    """``VendorHost`` of one vendor account (contract: vendors/host.py). Holds no state."""

    def __init__(
        self,
        *,
        slug: str,
        public_url: str,
        http: AccountHttp,
        keys: Sequence[bytes],
        clock: Callable[[], datetime],
    ) -> None:
        """``keys``: the first mints tokens, all of them check; ``clock``: aware datetimes.

        :raises proctor_hub.errors.ConfigurationError: there is no key.
        """
        if not keys or not all(keys):
            raise ConfigurationError(
                "No key to mint vendor tokens with; set PROCTOR_HUB_ENCRYPTION_KEYS."
            )
        self._slug = slug
        self._public_url = public_url.rstrip("/")
        self._http = http
        self._keys = tuple(keys)
        self._clock = clock

    @property
    def slug(self) -> str:
        """The vendor account's slug."""
        return self._slug

    @property
    def public_url(self) -> str:
        """Scheme and authority of the hub, no slash at the end."""
        return self._public_url

    @property
    def http(self) -> HttpClient:
        """The account's HTTP client."""
        return self._http

    def allow_url(self, url: str) -> None:
        """Let :attr:`http` call the scheme, host and port of ``url``."""
        self._http.allow_url(url)

    def now(self) -> datetime:
        """The host's clock, aware UTC."""
        return self._clock().astimezone(UTC)

    def token(self, purpose: str, subject: str = "") -> str:
        """HMAC-SHA256 over account, purpose and subject, by the first key; 43 URL-safe letters."""
        return self._mint(self._keys[0], purpose, subject)

    def check_token(self, token: str, purpose: str, subject: str = "") -> bool:
        """Whether any key makes this token; tries all keys, so time tells nothing."""
        given = token.encode("utf-8", "surrogatepass")
        matches = [
            hmac.compare_digest(self._mint(key, purpose, subject).encode("ascii"), given)
            for key in self._keys
        ]
        return any(matches)

    def _mint(self, key: bytes, purpose: str, subject: str) -> str:
        fields = [field.encode() for field in (_LABEL, self._slug, purpose, subject)]
        # Lengths first: ("ab", "c") and ("a", "bc") must not share a token.
        message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
        digest = hmac.digest(key, message, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
