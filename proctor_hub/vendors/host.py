"""What the host gives a plugin: its slug, an HTTP client, the clock, URLs and tokens. No state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict


class VendorSettings(BaseModel):
    """Base of a plugin's settings: the table ``[vendors.<slug>]`` of the configuration.

    Frozen; unknown keys are refused; secrets are ``SecretStr`` so that they are never printed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class HttpReply(Protocol):
    """A vendor's answer, read whole and within the size cap."""

    @property
    def status(self) -> int:
        """HTTP status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, names in any case."""

    @property
    def text(self) -> str:
        """Body as text; undecodable bytes replaced."""

    def json(self) -> Any:
        """Body as JSON; raises :class:`~proctor_hub.errors.VendorProtocolError` if it is not."""


class HttpClient(Protocol):
    """Calls the vendor: total deadline, no redirects, size cap, configured hosts only."""

    def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Send one request and return the answer, whatever its status.

        :raises proctor_hub.errors.VendorUnavailable: no answer in time, or no connection.
        :raises proctor_hub.errors.VendorProtocolError: the answer is over the size cap.
        :raises proctor_hub.errors.ConfigurationError: the host is not one of the account's.
        """


class VendorHost(Protocol):
    """What a plugin is built with: ``Plugin(settings, host)``; no I/O in its constructor."""

    @property
    def slug(self) -> str:
        """The vendor account's slug."""

    @property
    def public_url(self) -> str:
        """Where vendors and browsers reach the hub: scheme and authority, no slash at the end."""

    @property
    def http(self) -> HttpClient:
        """The account's HTTP client."""

    def allow_url(self, url: str) -> None:
        """Name a configured base URL, so that :attr:`http` may call its scheme, host and port.

        Called by a plugin's constructor with the URLs of its settings.

        :raises proctor_hub.errors.ConfigurationError: it is not an ``http(s)`` URL.
        """

    def now(self) -> datetime:
        """The host's clock, aware UTC."""

    def token(self, purpose: str, subject: str = "") -> str:
        """An unguessable, URL-safe token of this account for a purpose and subject.

        Always the same for the same account, purpose and subject, until keys are rotated.
        """

    def check_token(self, token: str, purpose: str, subject: str = "") -> bool:
        """Whether ``token`` is one of :meth:`token`'s (of any key still held); constant time."""
