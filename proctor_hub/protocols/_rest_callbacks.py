"""The vendor's callbacks: their two paths, and a review body turned into an event.

Never an exception: a body that makes no sense is ``Unrecognised``, which names the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from proctor_hub.domain.reviews import Incident, normalise_incident_status
from proctor_hub.domain.words import ReviewStatus
from proctor_hub.protocols._rest_words import CALLBACKS, review_key
from proctor_hub.vendors.receiving import (
    AccountBy,
    AttemptRef,
    CallbackRoute,
    ReviewReceived,
    Unrecognised,
)

READY = "ready"
REVIEWED = "reviewed"

ROUTES = tuple(
    CallbackRoute(name=name, method="POST", path=f"{CALLBACKS}/{name}", account=AccountBy.TOKEN)
    for name in (READY, REVIEWED)
)

MAX_INCIDENTS = 10_000
_MAX_SECONDS = 1e9
_HARMLESS_WORD = re.compile(r"[A-Za-z_ -]{1,40}")


class _Nonsense(Exception):
    """A field is not as the protocol says; the text names it and says why."""


def parse_review(
    body: bytes, attempt: AttemptRef, words: Mapping[str, ReviewStatus]
) -> ReviewReceived | Unrecognised:
    """The review in a ``reviewed`` callback's body; ``words`` maps its ``status``."""
    try:
        data = _object(body)
        status, original = _verdict(data, words)
        return ReviewReceived(
            attempt=attempt,
            status=status,
            incidents=_incidents(data.get("comments")),
            reviewed_by=_text(data, "reviewed_by", "reviewed_by").strip() or None,
            vendor_status=original,
        )
    except _Nonsense as error:
        return Unrecognised(reason=str(error))


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Nonsense("body: not UTF-8") from None
    except (ValueError, RecursionError):
        # ValueError also covers whole numbers of thousands of digits.
        raise _Nonsense("body: not JSON") from None
    if not isinstance(data, dict):
        raise _Nonsense("body: not a JSON object")
    return data


def _verdict(
    data: Mapping[str, Any], words: Mapping[str, ReviewStatus]
) -> tuple[ReviewStatus, str]:
    if data.get("status") is None:
        raise _Nonsense("status: missing")
    original = _text(data, "status", "status")
    status = words.get(review_key(original))
    if status is None:
        shown = f" {original!r}" if _HARMLESS_WORD.fullmatch(original) else ""
        raise _Nonsense(f"status: unknown word{shown}; expected one of {', '.join(words)}")
    return status, original


def _incidents(comments: object) -> tuple[Incident, ...]:
    if comments is None:
        return ()
    if not isinstance(comments, list):
        raise _Nonsense("comments: not a list")
    if len(comments) > MAX_INCIDENTS:
        raise _Nonsense(f"comments: more than {MAX_INCIDENTS}")
    return tuple(_incident(item, f"comments[{at}]") for at, item in enumerate(comments))


def _incident(item: object, where: str) -> Incident:
    if not isinstance(item, dict):
        raise _Nonsense(f"{where}: not an object")
    original = _text(item, "status", f"{where}.status")
    return Incident(
        start=_seconds(item, "start", where),
        stop=_seconds(item, "stop", where),
        duration=_seconds(item, "duration", where),
        text=_text(item, "comment", f"{where}.comment"),
        status=normalise_incident_status(original),
        original_status=original,
    )


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    """A text, empty where missing; without what no database stores (lone surrogates, NUL)."""
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Nonsense(f"{where}: not a text")
    return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _seconds(data: Mapping[str, Any], key: str, where: str) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Nonsense(f"{where}.{key}: not a number")
    # Written so that NaN fails it, and a whole number too large for a float is not converted.
    if not -_MAX_SECONDS <= value <= _MAX_SECONDS:
        raise _Nonsense(f"{where}.{key}: not a number of seconds")
    return float(value)
