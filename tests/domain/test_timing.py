"""Allowed time, deadlines, lapses (domain §3, §7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_hub.domain import timing
from proctor_hub.domain.errors import (
    AllowanceTooLate,
    InvalidAllowance,
    NoTimeLeft,
    PastDue,
    ReadinessLapsed,
)
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import AttemptStatus

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def after(**parts: float) -> datetime:
    return NOW + timedelta(**parts)


@pytest.mark.parametrize(
    ("allowance", "minutes"),
    [
        (None, 60),
        (Allowance(additional_minutes=15), 75),
        (Allowance(multiplier=Decimal("1.5")), 90),
        (Allowance(multiplier=Decimal("1.5"), additional_minutes=15), 105),
        (Allowance(policy_exception="may use a reader"), 60),
    ],
)
def test_limit_plus_allowance(allowance: Allowance | None, minutes: int) -> None:
    assert (
        timing.fix_allowed_minutes(60, allowance, now=NOW, due_at=None, course_end=None) == minutes
    )


@pytest.mark.parametrize(
    ("due", "end", "seconds"),
    [
        (after(minutes=30), None, 1800),
        (None, after(minutes=20), 1200),
        (after(minutes=30), after(minutes=20), 1200),
        (after(minutes=10), after(minutes=20), 600),
        (after(hours=5), after(hours=6), 3600),
        (after(seconds=90.9), None, 90),
    ],
)
def test_cut_to_whichever_end_is_first(
    due: datetime | None, end: datetime | None, seconds: int
) -> None:
    fixed = timing.fix_allowed_time(60, None, now=NOW, due_at=due, course_end=end)
    assert fixed.seconds == seconds
    assert fixed.deadline == after(seconds=seconds)
    assert fixed.minutes == -(-seconds // 60)


@pytest.mark.parametrize("left", [timedelta(0), timedelta(minutes=-1), timedelta(seconds=0.9)])
def test_nothing_left_is_said_so(left: timedelta) -> None:
    with pytest.raises(NoTimeLeft) as caught:
        timing.fix_allowed_time(60, None, now=NOW, due_at=NOW + left, course_end=None)
    assert caught.value.code == "no_time_left" and caught.value.ended_at == NOW + left


@given(
    limit=st.integers(1, 600),
    extra=st.none() | st.integers(1, 600),
    factor=st.none() | st.decimals("1.01", "5", places=2),
    due=st.none() | st.integers(1, 100_000),
    end=st.none() | st.integers(1, 100_000),
)
def test_never_past_an_end_and_never_short_without_one(
    limit: int, extra: int | None, factor: Decimal | None, due: int | None, end: int | None
) -> None:
    allowance = Allowance(additional_minutes=extra, multiplier=factor) if extra or factor else None
    ends = [after(seconds=s) for s in (due, end) if s is not None]
    fixed = timing.fix_allowed_time(
        limit,
        allowance,
        now=NOW,
        due_at=None if due is None else after(seconds=due),
        course_end=None if end is None else after(seconds=end),
    )
    assert all(fixed.deadline <= moment for moment in ends)
    assert fixed.seconds >= limit * 60 or fixed.deadline in ends
    low, critical = timing.warning_thresholds(fixed.seconds)
    assert 0 <= critical <= low <= fixed.seconds


@pytest.mark.parametrize(
    ("minutes", "factor", "text"),
    [
        (0, None, ""),
        (-5, None, "text"),
        (None, Decimal(1), ""),
        (None, Decimal("0.5"), ""),
        (None, Decimal("NaN"), ""),
        (None, Decimal("Infinity"), ""),
        (None, None, "  "),
    ],
)
def test_an_allowance_must_allow_something(
    minutes: int | None, factor: Decimal | None, text: str
) -> None:
    with pytest.raises(InvalidAllowance):
        Allowance(additional_minutes=minutes, multiplier=factor, policy_exception=text)


def test_warnings_at_20_and_5_percent() -> None:
    assert timing.warning_thresholds(1800) == (360, 90)


def test_seconds_left_and_the_deadline() -> None:
    assert timing.seconds_left(NOW, 1800, now=after(seconds=0.1)) == pytest.approx(1799.9)
    assert timing.seconds_left(NOW, 1800, now=after(hours=9)) == 0
    assert timing.seconds_left(NOW, 1800, now=after(seconds=-5)) == 1800
    assert not timing.is_out_of_time(NOW, 1800, now=after(seconds=1799.9))
    assert timing.is_out_of_time(NOW, 1800, now=after(seconds=1800))


def test_time_kept_for_a_resume() -> None:
    assert timing.time_to_keep(None, None, stopped_at=NOW) is None
    assert timing.time_to_keep(NOW, 1800, stopped_at=after(seconds=600.5)) == 1200
    assert timing.time_to_keep(NOW, 1800, stopped_at=after(hours=2)) == 0


def _resume(kept: int | None, due: datetime | None = None) -> int:
    allowance = Allowance(additional_minutes=10)
    return timing.resume_time(kept, 60, allowance, now=NOW, due_at=due, course_end=None).seconds


def test_a_resumed_attempt_has_the_time_kept_or_all_of_it() -> None:
    assert _resume(1200) == 1200
    assert _resume(None) == 4200
    assert _resume(1200, due=after(minutes=5)) == 300
    with pytest.raises(NoTimeLeft) as caught:
        _resume(0)
    assert caught.value.ended_at is None


@pytest.mark.parametrize(
    ("due", "end", "cause"),
    [
        (None, None, None),
        (after(seconds=1), after(seconds=1), None),
        (NOW, None, Cause.DUE),
        (after(hours=-1), after(hours=1), Cause.DUE),
        (None, NOW, Cause.COURSE_END),
        (after(hours=1), after(hours=-1), Cause.COURSE_END),
    ],
)
def test_past_due_and_why(due: datetime | None, end: datetime | None, cause: Cause | None) -> None:
    assert timing.expiry_cause(NOW, due, end) is cause
    assert timing.is_past_due(NOW, due, end) is (cause is not None)
    if cause is None:
        timing.ensure_not_past_due(NOW, due, end)
    else:
        with pytest.raises(PastDue):
            timing.ensure_not_past_due(NOW, due, end)


@pytest.mark.parametrize(
    ("ready_at", "lifetime", "lapsed"),
    [
        (None, None, True),
        (after(minutes=-29), None, False),
        (after(minutes=-31), None, True),
        (after(minutes=-31), timedelta(hours=1), False),
        (after(seconds=-11), timedelta(seconds=10), True),
        (NOW, timedelta(0), False),
    ],
)
def test_readiness_lapses(
    ready_at: datetime | None, lifetime: timedelta | None, lapsed: bool
) -> None:
    assert timing.readiness_lapsed(ready_at, lifetime, NOW) is lapsed
    if lapsed:
        with pytest.raises(ReadinessLapsed):
            timing.ensure_ready(ready_at, lifetime, NOW)
    else:
        timing.ensure_ready(ready_at, lifetime, NOW)


def test_allowances_come_before_the_start() -> None:
    before = {
        "created",
        "download_software_clicked",
        "ready_to_start",
        "onboarding_missing",
        "onboarding_pending",
        "onboarding_failed",
        "onboarding_expired",
    }
    timing.ensure_allowance_in_time(None)
    for status in AttemptStatus:
        if status.value in before:
            timing.ensure_allowance_in_time(status)
        else:
            with pytest.raises(AllowanceTooLate):
                timing.ensure_allowance_in_time(status)
