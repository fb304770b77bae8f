"""Onboarding profiles: per learner and vendor, valid in every course of it (domain §6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from proctor_hub.domain.words import AttemptStatus, OnboardingStatus

DEFAULT_VALIDITY = timedelta(days=365)
"""How long an approval holds where the vendor's settings say nothing (domain §6)."""

APPROVED = frozenset({OnboardingStatus.VERIFIED, OnboardingStatus.OTHER_COURSE_APPROVED})
"""Profiles that open proctored exams while they last."""

RETRYABLE = frozenset({OnboardingStatus.REJECTED, OnboardingStatus.ERROR, OnboardingStatus.EXPIRED})
"""Profiles whose learner may retry without asking anybody."""

O = OnboardingStatus  # noqa: E741 - the table below reads better so

REFUSALS: Mapping[OnboardingStatus, AttemptStatus | None] = MappingProxyType(
    {
        O.NOT_STARTED: AttemptStatus.ONBOARDING_MISSING,
        O.SETUP_STARTED: AttemptStatus.ONBOARDING_MISSING,
        O.ONBOARDING_STARTED: AttemptStatus.ONBOARDING_MISSING,
        O.SUBMITTED: AttemptStatus.ONBOARDING_PENDING,
        O.REJECTED: AttemptStatus.ONBOARDING_FAILED,
        O.ERROR: AttemptStatus.ONBOARDING_FAILED,
        O.EXPIRED: AttemptStatus.ONBOARDING_EXPIRED,
        O.VERIFIED: None,
        O.OTHER_COURSE_APPROVED: None,
    }
)
"""Why a proctored session is refused, per profile status; None: it is not."""


class OnboardingEvent(StrEnum):
    """What happens to a profile through an onboarding attempt."""

    SETUP = "setup"
    START = "start"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    FAIL = "fail"
    RETRY = "retry"


_NEXT = {
    OnboardingEvent.SETUP: O.SETUP_STARTED,
    OnboardingEvent.START: O.ONBOARDING_STARTED,
    OnboardingEvent.SUBMIT: O.SUBMITTED,
    OnboardingEvent.APPROVE: O.VERIFIED,
    OnboardingEvent.REJECT: O.REJECTED,
    OnboardingEvent.FAIL: O.ERROR,
    OnboardingEvent.RETRY: O.NOT_STARTED,
}

_PROGRESS = frozenset(
    {
        OnboardingEvent.SETUP,
        OnboardingEvent.START,
        OnboardingEvent.SUBMIT,
        OnboardingEvent.FAIL,
        OnboardingEvent.RETRY,
    }
)

_EVENT_OF_ATTEMPT = {
    AttemptStatus.CREATED: OnboardingEvent.SETUP,
    AttemptStatus.DOWNLOAD_SOFTWARE_CLICKED: OnboardingEvent.SETUP,
    AttemptStatus.READY_TO_START: OnboardingEvent.SETUP,
    AttemptStatus.STARTED: OnboardingEvent.START,
    AttemptStatus.READY_TO_SUBMIT: OnboardingEvent.START,
    AttemptStatus.COMPLETED: OnboardingEvent.SUBMIT,
    AttemptStatus.TIMED_OUT: OnboardingEvent.SUBMIT,
    AttemptStatus.SUBMITTED: OnboardingEvent.SUBMIT,
    AttemptStatus.VERIFIED: OnboardingEvent.APPROVE,
    AttemptStatus.REJECTED: OnboardingEvent.REJECT,
    AttemptStatus.ERROR: OnboardingEvent.FAIL,
}


def effective_status(
    status: OnboardingStatus, expires_at: datetime | None, now: datetime
) -> OnboardingStatus:
    """The status as of ``now``: an approval that has run out is ``expired``."""
    over = status in APPROVED and expires_at is not None and now >= expires_at
    return OnboardingStatus.EXPIRED if over else status


def is_valid(status: OnboardingStatus, expires_at: datetime | None, now: datetime) -> bool:
    """True where the profile opens proctored exams now; no expiry known: it does not run out."""
    return effective_status(status, expires_at, now) in APPROVED


def refusal(
    status: OnboardingStatus, expires_at: datetime | None, now: datetime
) -> AttemptStatus | None:
    """The ``onboarding_*`` status a proctored attempt gets instead of a session; None: go on."""
    return REFUSALS[effective_status(status, expires_at, now)]


def expiry(
    approved_at: datetime, vendor_expiry: datetime | None, validity: timedelta | None = None
) -> datetime:
    """When an approval runs out: the vendor's own date wins, else approval plus ``validity``.

    ``validity``: the vendor account's setting, None for :data:`DEFAULT_VALIDITY`.
    """
    if vendor_expiry is not None:
        return vendor_expiry
    return approved_at + (DEFAULT_VALIDITY if validity is None else validity)


def may_retry(status: OnboardingStatus) -> bool:
    """True where the learner may retry onboarding alone (give the effective status)."""
    return status in RETRYABLE


def next_status(status: OnboardingStatus, event: OnboardingEvent) -> OnboardingStatus:
    """The profile's status after an event (``status``: the effective one).

    A valid approval is not lost by another onboarding attempt that is merely under way or breaks
    off; only a rejection (or its date) ends it.
    """
    if status in APPROVED and event in _PROGRESS:
        return status
    return _NEXT[event]


def event_of_attempt(status: AttemptStatus) -> OnboardingEvent | None:
    """What an onboarding attempt's new status means for the profile; None: nothing."""
    return _EVENT_OF_ATTEMPT.get(status)
