"""The raw exchange as it is kept: the whole request, encrypted, so that it can be replayed."""

from __future__ import annotations

import base64
import json
from hashlib import sha256

from proctor_hub.services.keyring import Keyring
from proctor_hub.vendors.receiving import CallbackRequest

CONTEXT = "callbacks.request"
"""Encryption context of the raw request."""

_KEPT_HEADERS = frozenset({"content-type", "user-agent", "date", "x-request-id"})


def digest_of(body: bytes) -> str:
    """What two equal bodies have in common."""
    return sha256(body).hexdigest()


def seal(keyring: Keyring, request: CallbackRequest) -> bytes:
    """The request as stored. Credentials in headers are not kept: nothing needs them again."""
    headers = {name: value for name, value in request.headers.items() if name in _KEPT_HEADERS}
    data = {
        "route": request.route,
        "method": request.method,
        "path": request.path,
        "path_params": dict(request.path_params),
        "query": dict(request.query),
        "headers": headers,
        "source_address": request.source_address,
        "caller": request.caller,
    }
    head = json.dumps(data).encode()
    return keyring.encrypt(len(head).to_bytes(4, "big") + head + request.body, context=CONTEXT)


def unseal(keyring: Keyring, sealed: bytes) -> CallbackRequest:
    """The request as it came, without credentials in headers."""
    data = keyring.decrypt(sealed, context=CONTEXT)
    size = int.from_bytes(data[:4], "big")
    return CallbackRequest(**json.loads(data[4 : 4 + size]), body=data[4 + size :])


def body_text(body: bytes) -> str:
    """A body for an operator's eyes: text, or base64 where it is none."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
