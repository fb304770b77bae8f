"""The vendor's formats, written from wire/rpnow.md alone: signature, 3DES password, dates."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, int) and value == 0):
        return "null"
    return str(value)


def _lines(prefix: str, key: str, value: object) -> Iterator[str]:
    """The lines of one member. A container's own prefix is dropped: one level is ever kept."""
    if isinstance(value, Mapping):
        for inner in sorted(value):
            yield from _lines(f"{key}.", inner, value[inner])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                yield from _lines("", f"{key}.{index}", item)
            else:
                yield f"{key}.{index}:{_scalar(item)}\n"
    else:
        yield f"{prefix}{key}:{_scalar(value)}\n"


def body_string(body: Mapping[str, object]) -> str:
    """The text of a registration body that is signed (wire: "Body string")."""
    return "".join(line for key in sorted(body) for line in _lines("", key, body[key]))


def signature(secret_key: str, date: str, body: Mapping[str, object]) -> str:
    """Base64 HMAC-SHA256 of a registration with this `Date` header and parsed body."""
    message = f"POST\n\napplication/json\n{date}\n{body_string(body)}"
    digest = hmac.new(secret_key.encode("ascii"), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def decrypt_password(crypto_key: str, password: str) -> str | None:
    """The attempt code inside an `examPassword`; None if it is not one made with this key."""
    key = crypto_key.encode()
    if len(key) == 16:  # two-key 3DES: the first key comes again as the third
        key += key[:8]
    try:
        secret = base64.b64decode(password, validate=True)
        # ECB is the vendor's legacy format; the wire leaves no choice.
        decryptor = Cipher(TripleDES(key), modes.ECB()).decryptor()  # noqa: S305
        padded = decryptor.update(secret) + decryptor.finalize()
        unpadder = PKCS7(64).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except (binascii.Error, ValueError):
        return None


def parse_date(text: str) -> datetime | None:
    """The time in a `Date` header or date field: RFC 1123 in GMT exactly, else None."""
    try:
        parsed = parsedate_to_datetime(text)
        exact = format_datetime(parsed, usegmt=True) == text
    except (TypeError, ValueError):
        return None
    return parsed if exact else None


def exam_date(moment: datetime) -> str:
    """`examDate` of a review, in the vendor's odd format: `Jul 15 2015  1:13AM`."""
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    month = _MONTHS[moment.month - 1]
    return f"{month} {moment.day:>2} {moment.year} {hour:>2}:{moment.minute:02d}{half}"
