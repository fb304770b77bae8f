"""The vendor's review, bytes to event (wire/rpnow.md, "Review"). Never raises on any bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from urllib.parse import urlsplit

from proctor_hub import (
    AttemptRef,
    Incident,
    ReviewReceived,
    ReviewStatus,
    Unrecognised,
    normalise_incident_status,
)

REVIEW_STATUSES: Mapping[str, ReviewStatus] = {
    "clean": ReviewStatus.PASSED,
    "rules violation": ReviewStatus.VIOLATION,
    "suspicious": ReviewStatus.SUSPICIOUS,
    "not reviewed": ReviewStatus.NOT_REVIEWED,
}
"""The vendor's words, lower case and with spaces, and what they mean (domain §4)."""

COMMENT_LISTS = ("desktopComments", "webCamComments")
MAX_SECONDS = 10**9
MAX_REFERENCE = 255


class _Wrong(Exception):
    """A field that makes no sense; the message names it and shows no value of it."""


def parse_review(body: bytes) -> ReviewReceived | Unrecognised:
    """The review in ``body``, whatever its content type said.

    Carries no order: ``examDate`` is the exam's date, not the review's, so arrival decides.
    Returns ``Unrecognised`` naming the field where the body makes no sense.
    """
    try:
        return _review(_document(body))
    except _Wrong as wrong:
        return Unrecognised(reason=str(wrong))


def _review(review: Mapping[str, object]) -> ReviewReceived:
    word = _text(review, "reviewStatus", "reviewStatus").strip()
    status = REVIEW_STATUSES.get(_folded(word))
    if status is None:
        raise _Wrong("reviewStatus is not one of " + ", ".join(REVIEW_STATUSES))
    return ReviewReceived(
        attempt=_attempt(review),
        status=status,
        incidents=tuple(
            incident for name in COMMENT_LISTS for incident in _incidents(review.get(name), name)
        ),
        video_url=_video_url(_text(review, "videoReviewLink", "videoReviewLink")),
        comment=_text(review, "overAllComments", "overAllComments"),
        vendor_status=word,
    )


def _document(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _Wrong("the body is not UTF-8 text") from None
    except RecursionError:
        raise _Wrong("the body is nested too deeply") from None
    except ValueError as error:
        # Only the kind of fault: a parser's message may quote the body.
        detail = error.msg if isinstance(error, json.JSONDecodeError) else "a value is no JSON"
        raise _Wrong(f"the body is not JSON: {detail}") from None
    if not isinstance(document, dict):
        raise _Wrong("the body is not a JSON object")
    return document


def _no_constant(_name: str) -> object:
    raise ValueError("not a number")


def _attempt(review: Mapping[str, object]) -> AttemptRef:
    meta = review.get("examMetaData")
    if not isinstance(meta, dict):
        raise _Wrong("examMetaData is not an object")
    return AttemptRef(
        attempt_code=_reference(meta, "examCode"),
        external_id=_reference(meta, "ssiRecordLocator"),
    )


def _reference(meta: Mapping[str, object], key: str) -> str:
    """A reference is looked up, so it must be plain text; the locator may come as a number."""
    value = meta.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    path = f"examMetaData.{key}"
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"{path} is missing or not text")
    text = value.strip()
    if len(text) > MAX_REFERENCE or not text.isprintable():
        raise _Wrong(f"{path} is too long or not plain text")
    return text


def _incidents(comments: object, path: str) -> list[Incident]:
    if comments is None:
        return []
    if not isinstance(comments, list):
        raise _Wrong(f"{path} is not a list")
    return [_incident(comment, f"{path}[{i}]") for i, comment in enumerate(comments)]


def _incident(comment: object, path: str) -> Incident:
    if not isinstance(comment, dict):
        raise _Wrong(f"{path} is not an object")
    word = _text(comment, "eventStatus", f"{path}.eventStatus")
    return Incident(
        start=_seconds(comment, "eventStart", path),
        stop=_seconds(comment, "eventFinish", path),
        duration=_seconds(comment, "duration", path),
        text=_text(comment, "comments", f"{path}.comments"),
        status=normalise_incident_status(word),
        original_status=word,
    )


def _seconds(comment: Mapping[str, object], key: str, path: str) -> float | None:
    value = comment.get(key)
    if value is None:
        return None
    if isinstance(value, str) and len(value) < 32:
        value = _number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(f"{path}.{key} is not a number of seconds")
    if not 0 <= value <= MAX_SECONDS or not math.isfinite(value):
        raise _Wrong(f"{path}.{key} is not a possible number of seconds")
    return value


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None  # the caller says which field it was
    return int(number) if number.is_integer() else number


def _text(owner: Mapping[str, object], key: str, path: str) -> str:
    """A text field; missing and null are empty. What no database can hold is replaced."""
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(f"{path} is not text")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _video_url(link: str) -> str | None:
    """The link to the recording in the player that works; None where it is no web link.

    A link that is no web address must not be offered to staff, nor stop the verdict; the raw
    body keeps it.
    """
    link = link.strip()
    try:
        parts = urlsplit(link)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    if not usable or not link.isprintable() or " " in link:
        return None
    return link.replace("DirectLink-Generic", "DirectLink-HTML5")


def _folded(word: str) -> str:
    return " ".join(word.replace("_", " ").lower().split())
