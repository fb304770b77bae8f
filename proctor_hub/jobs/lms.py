"""Events to the LMS: signed JSON over HTTP, by the Standard Webhooks convention (domain §9)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

from pydantic import SecretStr

from proctor_hub.errors import (
    ConfigurationError,
    VendorError,
    VendorUnavailable,
)
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.vendors.http import BoundedHttpClient, HttpLimits, raise_for_status

SECRET_PREFIX = "whsec_"  # noqa: S105 - what such secrets begin with, not one
LIMITS = HttpLimits(connect=3.0, read=10.0, total=15.0, max_bytes=64 * 1024)


class LmsSender:
    """Posts events to the LMS; safe to use from several threads.

    :param url: where the LMS takes events, http or https.
    :param secret: signs each event; ``whsec_`` and base64 as the convention has it, or any text,
        whose UTF-8 bytes are the key. None: events go unsigned.
    :param now: the clock, aware UTC.
    :raises ConfigurationError: the URL or the secret cannot be used.
    """

    def __init__(
        self,
        url: str,
        secret: SecretStr | None,
        *,
        now: Callable[[], datetime],
        limits: HttpLimits = LIMITS,
    ) -> None:
        self._url = url
        self._key = None if secret is None else signing_key(secret)
        self._now = now
        self._http = BoundedHttpClient(limits=limits)
        self._http.allow_url(url)

    def deliver(self, row: OutboxRow) -> None:
        """Post one event; any 2xx acknowledges it.

        :raises DeliveryFailed: anything else happened.
        """
        body = json.dumps(row.payload, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            reply = self._http.request(
                "POST", self._url, data=body, headers=self._headers(row.event_id, body)
            )
        except VendorError as error:
            raise DeliveryFailed(str(error)) from error
        if 200 <= reply.status <= 299:
            return
        wait = None
        try:
            raise_for_status(reply)
        except VendorUnavailable as error:
            wait = error.retry_after
        except VendorError:
            wait = None  # the LMS may be mended any time, so it is asked again like any other
        raise DeliveryFailed(f"the LMS answered {reply.status}", retry_after=wait)

    def _headers(self, event_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
        }
        if self._key is not None:
            headers["webhook-signature"] = sign(self._key, event_id, timestamp, body)
        return headers


def signing_key(secret: SecretStr) -> bytes:
    """The key a secret stands for.

    :raises ConfigurationError: it is empty, or not base64 after ``whsec_``; never repeats it.
    """
    text = secret.get_secret_value()
    try:
        if text.startswith(SECRET_PREFIX):
            key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
        else:
            key = text.encode()
    except binascii.Error:
        key = b""
    if not key:
        raise ConfigurationError(
            "the secret for LMS events is empty or not base64 after whsec_; make one with "
            "`openssl rand -base64 32` and put whsec_ before it"
        )
    return key


def sign(key: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    """The ``webhook-signature`` header: ``v1,`` and base64 HMAC-SHA256 of id.timestamp.body."""
    message = b".".join((event_id.encode(), timestamp.encode(), body))
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
