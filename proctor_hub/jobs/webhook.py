"""The built-in transport: signed JSON over HTTP, as Standard Webhooks has it (domain §9)."""

from __future__ import annotations

from importlib.metadata import EntryPoint, version
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from proctor_hub.errors import (
    ConfigurationError,
    DeliveryError,
    DeliveryRefused,
    VendorError,
    VendorUnavailable,
)
from proctor_hub.hookspecs import hookimpl
from proctor_hub.jobs.signing import signature, signing_key
from proctor_hub.transports.contract import (
    TRANSPORTS_GROUP,
    LmsEvent,
    TransportHost,
    TransportSettings,
)
from proctor_hub.vendors.host import HttpReply
from proctor_hub.vendors.http import raise_for_status
from proctor_hub.vendors.installed import PluginSource

WEBHOOK = "webhook"
"""The name of the built-in transport."""

_GONE = 410


def webhook_url(value: str) -> str:
    """The value, where it is an absolute http or https URL without a user's name in it.

    :raises ValueError: it is not; does not repeat it.
    """
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an absolute http or https URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password; events are signed instead")
    return value


def checked_secret(value: SecretStr) -> SecretStr:
    """The value, where it can sign.

    :raises ValueError: it cannot; does not repeat it.
    """
    try:
        signing_key(value)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return value


def listed(value: Any) -> Any:
    """A list is written with commas in the environment."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


SigningSecret = Annotated[SecretStr, AfterValidator(checked_secret)]


class WebhookSettings(TransportSettings):
    """Where events are posted, and what signs them.

    :param signing_secret: ``whsec_`` and base64 as the convention has it, or any text.
    :param signing_secrets: more of them; every one signs. Without any, events go unsigned.
    """

    events_url: Annotated[str, AfterValidator(webhook_url)]
    signing_secret: SigningSecret | None = None
    signing_secrets: Annotated[tuple[SigningSecret, ...], BeforeValidator(listed)] = ()


class Webhook:
    """Posts events to the LMS; any 2xx acknowledges one."""

    Settings = WebhookSettings

    def __init__(self, settings: WebhookSettings, host: TransportHost) -> None:
        """``host``: its HTTP client follows no redirects and calls no other host."""
        self._url = settings.events_url
        secrets = [settings.signing_secret, *settings.signing_secrets]
        keys = [signing_key(one) for one in secrets if one is not None]
        self._keys = tuple(dict.fromkeys(keys))
        self._host = host
        host.allow_url(self._url)

    @property
    def signed(self) -> bool:
        """Whether receivers can tell the hub's events from forged ones."""
        return bool(self._keys)

    @hookimpl
    def deliver_event(self, event: LmsEvent) -> None:
        """Post one event.

        :raises DeliveryRefused: the LMS answered that it takes no more events (410).
        :raises DeliveryError: anything else but a 2xx happened.
        """
        try:
            reply = self._host.http.request(
                "POST", self._url, data=event.body, headers=self._headers(event)
            )
        except VendorError as error:
            unavailable = isinstance(error, VendorUnavailable)
            raise DeliveryError(str(error), unavailable=unavailable) from error
        _check(reply)

    def _headers(self, event: LmsEvent) -> dict[str, str]:
        timestamp = str(int(self._host.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event.id,
            "webhook-timestamp": timestamp,
        }
        if self._keys:
            headers["webhook-signature"] = signature(self._keys, event.id, timestamp, event.body)
        if event.request_id:
            headers["X-Request-ID"] = event.request_id
        return headers


def _check(reply: HttpReply) -> None:
    if reply.status == _GONE:
        raise DeliveryRefused(
            "the LMS answered 410: it takes no more events at this address; see events_url"
        )
    said = f"the LMS answered {reply.status}"
    try:
        raise_for_status(reply)
    except VendorUnavailable as error:
        raise DeliveryError(said, retry_after=error.retry_after, unavailable=True) from error
    except VendorError as error:
        # The LMS may be mended any time, so it is asked again like any other.
        raise DeliveryError(said) from error


BUILTIN = PluginSource(
    name=WEBHOOK,
    distribution="proctor-hub",
    version=version("proctor-hub"),
    entry_point=EntryPoint(WEBHOOK, f"{__name__}:{Webhook.__name__}", TRANSPORTS_GROUP),
)
"""The webhook, as if a distribution had brought it."""
