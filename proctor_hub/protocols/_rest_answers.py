"""Reading the vendor's answers; what is not as the protocol says is a ``VendorProtocolError``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from proctor_hub.domain.words import OnboardingStatus
from proctor_hub.errors import VendorProtocolError
from proctor_hub.vendors.host import HttpReply
from proctor_hub.vendors.launching import OnboardingPage, OnboardingProfile, RulesCatalog
from proctor_hub.vendors.rendering import Instructions

_LONGEST_ID = 255


def read_object(reply: HttpReply, call: str) -> Mapping[str, Any]:
    """The answer as a JSON object; ``call`` names it in the error."""
    data = reply.json()
    if not isinstance(data, dict):
        raise VendorProtocolError(f"{call}: the answer is not a JSON object")
    return data


def read_id(data: Mapping[str, Any], call: str) -> str:
    """``id``, which is opaque: a text or a whole number that can stand in a URL path."""
    value = data.get("id")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise VendorProtocolError(f"{call}: the answer has no usable id")
    if not value.isprintable() or value in (".", ".."):
        raise VendorProtocolError(f"{call}: the answer's id cannot be used in a URL")
    return value


def read_status(data: Mapping[str, Any], call: str) -> str:
    """``status``, a short word."""
    value = data.get("status")
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise VendorProtocolError(f"{call}: the answer has no status")
    return value


def read_rules(data: Mapping[str, Any]) -> RulesCatalog:
    """``rules`` of the configuration, key → label; none where the vendor offers none."""
    rules = data.get("rules") or {}
    if not isinstance(rules, dict) or not all(isinstance(v, str) for v in rules.values()):
        raise VendorProtocolError("config: rules is not a table of labels")
    return RulesCatalog(labels=dict(rules))


def read_instructions(data: Mapping[str, Any], call: str) -> Instructions:
    """``instructions`` and ``download_url``, either of which may be missing."""
    steps = data.get("instructions") or []
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise VendorProtocolError(f"{call}: instructions is not a list of texts")
    return Instructions(steps=tuple(steps), download_url=_link(data.get("download_url"), call))


def read_profile(
    data: Mapping[str, Any], words: Mapping[str, OnboardingStatus], pseudonym: str | None = None
) -> OnboardingProfile:
    """One onboarding profile; ``pseudonym`` is whose was asked for, where one learner's was."""
    user = data.get("user_id", pseudonym)
    if not isinstance(user, str) or not user or pseudonym not in (None, user):
        raise VendorProtocolError("onboarding: a profile without the learner's user_id")
    status = words.get(read_status(data, "onboarding"))
    if status is None:
        raise VendorProtocolError("onboarding: a status that this protocol does not have")
    expires_at = _moment(data.get("expiration_date"))
    return OnboardingProfile(pseudonym=user, status=status, expires_at=expires_at)


def read_page(
    data: Mapping[str, Any], words: Mapping[str, OnboardingStatus], page: int
) -> OnboardingPage:
    """Page number ``page`` of a course's profiles. Its ``next`` only says that there is more: an
    address that the vendor names is never called."""
    results = data.get("results")
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        raise VendorProtocolError("onboarding: results is not a list of profiles")
    profiles = tuple(read_profile(item, words) for item in results)
    more = bool(profiles) and bool(data.get("next"))
    return OnboardingPage(profiles=profiles, next_cursor=str(page + 1) if more else None)


def _link(value: object, call: str) -> str:
    """An ``http(s)`` URL or nothing: it is shown to learners as a link."""
    if value is None or value == "":
        return ""
    try:
        if isinstance(value, str) and urlsplit(value).scheme in ("http", "https"):
            return value
    except ValueError:
        raise VendorProtocolError(f"{call}: download_url is not a URL") from None
    raise VendorProtocolError(f"{call}: download_url is not an http(s) URL")


def _moment(value: object) -> datetime | None:
    """An ISO 8601 moment or day, in UTC where it names no zone."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise VendorProtocolError("onboarding: expiration_date is not a date") from None
    raise VendorProtocolError("onboarding: expiration_date is not a date")
