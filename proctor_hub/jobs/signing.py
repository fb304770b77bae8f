"""Signatures of events by the Standard Webhooks convention (domain §9)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from pydantic import SecretStr

from proctor_hub.errors import ConfigurationError

SECRET_PREFIX = "whsec_"  # noqa: S105 - what such secrets begin with, not one


def signing_key(secret: SecretStr) -> bytes:
    """The key a secret stands for: base64 after ``whsec_``, else the text's UTF-8 bytes.

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


def signature(keys: Iterable[bytes], event_id: str, timestamp: str, body: bytes) -> str:
    """The ``webhook-signature`` header: one signature per key, a space between.

    Each is ``v1,`` and the base64 HMAC-SHA256 of id.timestamp.body. A receiver that holds any one
    of the keys accepts, so keys are exchanged without a moment in which nothing gets through.
    """
    message = b".".join((event_id.encode(), timestamp.encode(), body))
    digests = (hmac.new(key, message, hashlib.sha256).digest() for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)
