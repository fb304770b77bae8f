"""Onboarding profiles (domain §6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proctor_hub.domain import onboarding
from proctor_hub.domain.onboarding import OnboardingEvent
from proctor_hub.domain.words import AttemptStatus, OnboardingStatus

O = OnboardingStatus  # noqa: E741
NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("profile", "refusal"),
    [
        (O.NOT_STARTED, "onboarding_missing"),
        (O.SETUP_STARTED, "onboarding_missing"),
        (O.ONBOARDING_STARTED, "onboarding_missing"),
        (O.SUBMITTED, "onboarding_pending"),
        (O.REJECTED, "onboarding_failed"),
        (O.ERROR, "onboarding_failed"),
        (O.EXPIRED, "onboarding_expired"),
        (O.VERIFIED, None),
        (O.OTHER_COURSE_APPROVED, None),
    ],
)
def test_refusals(profile: O, refusal: str | None) -> None:
    assert onboarding.refusal(profile, NOW + DAY, NOW) == refusal
    assert onboarding.is_valid(profile, None, NOW) is (refusal is None)
    if refusal is None:
        assert onboarding.refusal(profile, NOW, NOW) is AttemptStatus.ONBOARDING_EXPIRED
        assert not onboarding.is_valid(profile, NOW, NOW)


def test_every_profile_status_has_an_answer() -> None:
    assert set(onboarding.REFUSALS) == set(O)


def test_expiry() -> None:
    assert onboarding.expiry(NOW, None) == NOW + 365 * DAY
    assert onboarding.expiry(NOW, None, 10 * DAY) == NOW + 10 * DAY
    assert onboarding.expiry(NOW, NOW + DAY, 10 * DAY) == NOW + DAY


def test_who_may_retry() -> None:
    assert {s for s in O if onboarding.may_retry(s)} == {O.REJECTED, O.ERROR, O.EXPIRED}


def test_the_usual_way() -> None:
    status = O.NOT_STARTED
    for attempt_status, expected in [
        (AttemptStatus.CREATED, O.SETUP_STARTED),
        (AttemptStatus.READY_TO_START, O.SETUP_STARTED),
        (AttemptStatus.STARTED, O.ONBOARDING_STARTED),
        (AttemptStatus.SUBMITTED, O.SUBMITTED),
        (AttemptStatus.REJECTED, O.REJECTED),
        (AttemptStatus.CREATED, O.SETUP_STARTED),
        (AttemptStatus.ERROR, O.ERROR),
        (AttemptStatus.VERIFIED, O.VERIFIED),
    ]:
        event = onboarding.event_of_attempt(attempt_status)
        assert event is not None
        status = onboarding.next_status(status, event)
        assert status is expected


@pytest.mark.parametrize("approved", [O.VERIFIED, O.OTHER_COURSE_APPROVED])
@pytest.mark.parametrize("event", OnboardingEvent)
def test_an_approval_ends_by_rejection_only(approved: O, event: OnboardingEvent) -> None:
    found = onboarding.next_status(approved, event)
    if event is OnboardingEvent.REJECT:
        assert found is O.REJECTED
    elif event is OnboardingEvent.APPROVE:
        assert found is O.VERIFIED
    else:
        assert found is approved


@pytest.mark.parametrize("status", [AttemptStatus.DECLINED, AttemptStatus.EXPIRED])
def test_an_attempt_that_never_was_says_nothing(status: AttemptStatus) -> None:
    assert onboarding.event_of_attempt(status) is None
