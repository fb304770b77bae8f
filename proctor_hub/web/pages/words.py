"""How statuses look: a word, a shape and a tone for each, never colour alone.

The words are English and stand in the catalogue; templates pass them through ``say``.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from babel.units import format_unit

from proctor_hub.domain.labels import EXAM_TYPES, ROLES
from proctor_hub.domain.labels import STATUSES as STATUS_LABELS
from proctor_hub.domain.words import AttemptStatus, OnboardingStatus, ReviewStatus
from proctor_hub.web.pages.speech import Speech, noted

__all__ = [
    "EXAM_TYPES",
    "ONBOARDING",
    "RESULTS",
    "REVIEWS",
    "ROLES",
    "STATUSES",
    "Badge",
    "duration",
    "minutes",
    "recorded",
    "review",
    "rule",
    "size",
    "status",
]


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with the shape and the tone that go with it.

    :param tone: a class of the style sheet: ``calm``, ``busy``, ``good``, ``warn`` or ``bad``.
    """

    word: str
    shape: str
    tone: str


ASKS_VENDOR = noted(
    "Still waiting for the vendor's answer. Stay on this page: it goes on by itself."
)
"""Of a form whose answer takes as long as a vendor's."""

S = AttemptStatus

STATUSES = {
    S.CREATED: Badge(STATUS_LABELS[S.CREATED], "○", "calm"),
    S.DOWNLOAD_SOFTWARE_CLICKED: Badge(STATUS_LABELS[S.DOWNLOAD_SOFTWARE_CLICKED], "◔", "busy"),
    S.READY_TO_START: Badge(STATUS_LABELS[S.READY_TO_START], "◑", "busy"),
    S.STARTED: Badge(STATUS_LABELS[S.STARTED], "▶", "busy"),
    S.READY_TO_SUBMIT: Badge(STATUS_LABELS[S.READY_TO_SUBMIT], "◕", "busy"),
    S.COMPLETED: Badge(STATUS_LABELS[S.COMPLETED], "●", "calm"),
    S.TIMED_OUT: Badge(STATUS_LABELS[S.TIMED_OUT], "◷", "calm"),
    S.SUBMITTED: Badge(STATUS_LABELS[S.SUBMITTED], "⬆", "calm"),
    S.SECOND_REVIEW_REQUIRED: Badge(STATUS_LABELS[S.SECOND_REVIEW_REQUIRED], "◆", "warn"),
    S.VERIFIED: Badge(STATUS_LABELS[S.VERIFIED], "✓", "good"),
    S.REJECTED: Badge(STATUS_LABELS[S.REJECTED], "✗", "bad"),
    S.DECLINED: Badge(STATUS_LABELS[S.DECLINED], "⊘", "calm"),
    S.EXPIRED: Badge(STATUS_LABELS[S.EXPIRED], "⌛", "calm"),
    S.ERROR: Badge(STATUS_LABELS[S.ERROR], "▲", "bad"),
    S.ONBOARDING_MISSING: Badge(STATUS_LABELS[S.ONBOARDING_MISSING], "△", "warn"),
    S.ONBOARDING_PENDING: Badge(STATUS_LABELS[S.ONBOARDING_PENDING], "△", "warn"),
    S.ONBOARDING_FAILED: Badge(STATUS_LABELS[S.ONBOARDING_FAILED], "△", "warn"),
    S.ONBOARDING_EXPIRED: Badge(STATUS_LABELS[S.ONBOARDING_EXPIRED], "△", "warn"),
}

REVIEWS = {
    ReviewStatus.PASSED: Badge(noted("Clean"), "✓", "good"),
    ReviewStatus.VIOLATION: Badge(noted("Rules Violation"), "!", "warn"),
    ReviewStatus.SUSPICIOUS: Badge(noted("Suspicious"), "◆", "bad"),
    ReviewStatus.NOT_REVIEWED: Badge(noted("Not Reviewed"), "○", "calm"),
}

RESULTS = {
    "Pending": Badge(noted("Pending"), "◔", "calm"),
    "Satisfactory": Badge(noted("Satisfactory"), "✓", "good"),
    "Unsatisfactory": Badge(noted("Unsatisfactory"), "✗", "bad"),
}

Onboarding = OnboardingStatus

ONBOARDING = {
    Onboarding.NOT_STARTED: Badge(noted("Not started"), "○", "calm"),
    Onboarding.SETUP_STARTED: Badge(noted("Setup started"), "◔", "busy"),
    Onboarding.ONBOARDING_STARTED: Badge(noted("Onboarding started"), "◑", "busy"),
    Onboarding.SUBMITTED: Badge(noted("Submitted"), "⬆", "calm"),
    Onboarding.VERIFIED: Badge(noted("Verified"), "✓", "good"),
    Onboarding.REJECTED: Badge(noted("Rejected"), "✗", "bad"),
    Onboarding.ERROR: Badge(noted("Error"), "▲", "bad"),
    Onboarding.EXPIRED: Badge(noted("Expired"), "⌛", "warn"),
    Onboarding.OTHER_COURSE_APPROVED: Badge(noted("Approved in another course"), "✓", "good"),
}


_BEGINNINGS = {
    "archived: ": noted("archived: %(reason)s"),
    "escalated to the course team: ": noted("escalated to the course team: %(reason)s"),
}
"""How a line of history begins that has a reason after it, and how that is said."""


def status(value: AttemptStatus) -> Badge:
    """The badge of an attempt's status."""
    return STATUSES[value]


def review(value: str | None) -> Badge | None:
    """The badge of a stored review status; None where there is no review yet."""
    return None if value is None else REVIEWS[ReviewStatus(value)]


def rule(key: str) -> str:
    """A vendor's rule whose label nobody knows, so that it can be read at least."""
    words = " ".join(key.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:] or key


def recorded(reason: str, speech: Speech) -> str:
    """A reason as the history keeps it: the hub's own in this language, a person's as it is."""
    for beginning, text in _BEGINNINGS.items():
        if reason.startswith(beginning):
            return speech.say(text, reason=speech.say(reason.removeprefix(beginning)))
    return speech.say(reason)


def duration(seconds: float) -> str:
    """A time span as ``1:05:09`` or ``5:09``."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def size(count: int, *, locale: Locale) -> str:
    """A number of bytes for people: ``1.2 kB``."""
    for step, unit in ((1_000_000, "megabyte"), (1_000, "kilobyte")):
        if count >= step:
            return format_unit(round(count / step, 1), unit, length="short", locale=locale)
    return format_unit(count, "byte", length="short", locale=locale)


def minutes(seconds: float, speech: Speech) -> str:
    """A time span in words, in whole minutes that are certainly there: ``1 hour 5 minutes``."""
    hours, rest = divmod(max(int(seconds), 0) // 60, 60)
    parts = [speech.count("%(num)s hour", "%(num)s hours", hours)] if hours else []
    if rest:
        parts.append(speech.count("%(num)s minute", "%(num)s minutes", rest))
    return " ".join(parts) or speech.say("less than a minute")
