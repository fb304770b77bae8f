"""The vendor's own formats, byte for byte (wire/rpnow.md): dates, password, body string, signature.

Legacy cryptography lives in this module alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7

CONTENT_TYPE = "application/json"

Scalar = str | int | float | bool | None
"""A leaf of a registration body."""
BodyValue = Scalar | Sequence[Scalar] | Mapping[str, "BodyValue"]
"""What may stand in a registration body; objects inside lists are not part of the format."""


def http_date(moment: datetime) -> str:
    """`moment` (aware) as RFC 1123 text in GMT, for the ``Date`` header and the exam's dates."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def exam_password(crypto_key: str, attempt_code: str) -> str:
    """The vendor's ``examPassword``: base64 of the attempt code under 3DES-ECB, PKCS#7 padded.

    :param crypto_key: 16 or 24 bytes as UTF-8; with 16 the first eight stand again at the end.
    :raises ValueError: the key has another length.
    """
    key = crypto_key.encode()
    if len(key) == 16:
        key += key[:8]
    padder = PKCS7(64).padder()
    padded = padder.update(attempt_code.encode()) + padder.finalize()
    # 3DES in ECB is weak; the vendor's protocol knows nothing else. The code is not kept secret
    # by it: the channel's TLS and the start token do that.
    encryptor = Cipher(TripleDES(key), modes.ECB()).encryptor()  # noqa: S305
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def body_string(body: Mapping[str, BodyValue]) -> str:
    """The text of a registration body that is signed: sorted keys, one ``key:value`` line each.

    :raises TypeError: a list holds an object or a list, which the format does not describe.
    """
    return _lines(body, "")


def authorization(*, key_id: str, secret_key: str, date: str, body: Mapping[str, BodyValue]) -> str:
    """The ``Authorization`` header of a registration with this ``Date`` header and body.

    :param secret_key: ASCII text, used as it is (not decoded from hexadecimal).
    """
    message = f"POST\n\n{CONTENT_TYPE}\n{date}\n{body_string(body)}"
    digest = hmac.new(secret_key.encode("ascii"), message.encode(), hashlib.sha256).digest()
    return f"SSI {key_id}:{base64.b64encode(digest).decode('ascii')}"


def _lines(body: Mapping[str, BodyValue], prefix: str) -> str:
    parts: list[str] = []
    for key in sorted(body):
        value = body[key]
        if isinstance(value, Mapping):
            # Only one level of prefix is ever kept: the inner key replaces the outer prefix.
            parts.append(_lines(value, f"{key}."))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            parts.extend(f"{key}.{i}:{_scalar(item)}\n" for i, item in enumerate(value))
        else:
            parts.append(f"{prefix}{key}:{_scalar(value)}\n")
    return "".join(parts)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, int) and value == 0):
        return "null"
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(f"the signed format has no rule for {type(value).__name__} inside a list")
