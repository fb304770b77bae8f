"""Time of an attempt: what is allowed, what is left, when it is over (domain §3, §7).

Time is the server's: ``now`` is always an argument. All date-times are aware and in UTC.
Arithmetic is in whole seconds; minutes are for people and for the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from proctor_hub.domain.errors import (
    AllowanceTooLate,
    InvalidAllowance,
    NoTimeLeft,
    PastDue,
    ReadinessLapsed,
)
from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import UNSTARTED, AttemptStatus

DEFAULT_READINESS = timedelta(minutes=30)
"""How long a vendor's "ready" holds where the vendor declares nothing (domain §3)."""

LOW_PERCENT = 20
CRITICAL_PERCENT = 5
"""Warnings come at these shares of the allowed time remaining (domain §7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one learner gets on top of one exam's rules (domain §7).

    ``additional_minutes`` > 0, ``multiplier`` > 1 (a factor on the exam's limit), and
    ``policy_exception``: text for the vendor's reviewers. At least one is given;
    else :class:`InvalidAllowance`.
    """

    additional_minutes: int | None = None
    multiplier: Decimal | None = None
    policy_exception: str = ""

    def __post_init__(self) -> None:
        """Refuse an allowance that allows nothing, or takes time away."""
        minutes, factor = self.additional_minutes, self.multiplier
        if minutes is not None and minutes <= 0:
            raise InvalidAllowance(
                told("Additional minutes must be more than 0, not %(minutes)s.", minutes=minutes)
            )
        if factor is not None and not (factor.is_finite() and factor > 1):
            raise InvalidAllowance(
                told("The time multiplier must be more than 1, not %(factor)s.", factor=factor)
            )
        if minutes is None and factor is None and not self.policy_exception.strip():
            raise InvalidAllowance(
                noted(
                    "An allowance needs additional minutes, a time multiplier or a policy "
                    "exception."
                )
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedTime:
    """What was fixed at the start: whole seconds, and the deadline they end at."""

    seconds: int
    deadline: datetime

    @property
    def minutes(self) -> int:
        """The minutes of the report (see :func:`report_minutes`)."""
        return report_minutes(self.seconds)


def report_minutes(seconds: int) -> int:
    """Seconds as whole minutes, rounded up: a learner never had less than the report says."""
    return -(-seconds // 60)


def limit_seconds(limit_minutes: int, allowance: Allowance | None) -> int:
    """The exam's limit plus allowance, before any cut: limit x multiplier, then the minutes.

    The multiplier applies to the exam's limit only, not to the additional minutes; a fraction
    of a second is rounded in the learner's favour.
    """
    seconds = Decimal(limit_minutes * 60)
    if allowance is not None:
        seconds *= allowance.multiplier or 1
        seconds += (allowance.additional_minutes or 0) * 60
    return int(seconds.to_integral_value(rounding=ROUND_CEILING))


def first_end(due_at: datetime | None, course_end: datetime | None) -> datetime | None:
    """Due date or course end, whichever is first; None where neither is set."""
    return min((end for end in (due_at, course_end) if end is not None), default=None)


def cut(seconds: int, *, now: datetime, end: datetime | None) -> AllowedTime:
    """``seconds`` from ``now``, cut to what is left before ``end``.

    Raises :class:`NoTimeLeft` where less than one second is left.
    """
    if end is not None:
        seconds = min(seconds, (end - now) // timedelta(seconds=1))
    if seconds <= 0:
        raise NoTimeLeft(end)
    return AllowedTime(seconds=seconds, deadline=deadline(now, seconds))


def fix_allowed_time(
    limit_minutes: int,
    allowance: Allowance | None,
    *,
    now: datetime,
    due_at: datetime | None,
    course_end: datetime | None,
) -> AllowedTime:
    """The allowed time fixed at the start (domain §7).

    Limit plus allowance, cut to the time left before due date or course end, whichever is first.
    Raises :class:`NoTimeLeft`; the caller then commits ``expired``.
    """
    return cut(limit_seconds(limit_minutes, allowance), now=now, end=first_end(due_at, course_end))


def fix_allowed_minutes(
    limit_minutes: int,
    allowance: Allowance | None,
    *,
    now: datetime,
    due_at: datetime | None,
    course_end: datetime | None,
) -> int:
    """Like :func:`fix_allowed_time`, in whole minutes (what a vendor and the report are told)."""
    return fix_allowed_time(
        limit_minutes, allowance, now=now, due_at=due_at, course_end=course_end
    ).minutes


def deadline(started_at: datetime, allowed_seconds: int) -> datetime:
    """When the attempt's time is used up."""
    return started_at + timedelta(seconds=allowed_seconds)


def seconds_left(started_at: datetime, allowed_seconds: int, *, now: datetime) -> float:
    """Seconds left of the allowed time, never below 0 nor above what was allowed."""
    left = (deadline(started_at, allowed_seconds) - now).total_seconds()
    return min(max(left, 0.0), float(allowed_seconds))


def is_out_of_time(started_at: datetime, allowed_seconds: int, *, now: datetime) -> bool:
    """True from the deadline on: the sweep and every access make it ``timed_out``."""
    return now >= deadline(started_at, allowed_seconds)


def warning_thresholds(allowed_seconds: int) -> tuple[int, int]:
    """Seconds left at which to warn: (low, critical), 20 % and 5 % of the allowed time."""
    return (allowed_seconds * LOW_PERCENT // 100, allowed_seconds * CRITICAL_PERCENT // 100)


def time_to_keep(
    started_at: datetime | None, allowed_seconds: int | None, *, stopped_at: datetime
) -> int | None:
    """Whole seconds to store when an attempt goes to ``error``; None: never started, full time.

    ``stopped_at``: when the learner stopped (completed_at), else now. Rounded up, for the learner.
    """
    if started_at is None or allowed_seconds is None:
        return None
    left = seconds_left(started_at, allowed_seconds, now=stopped_at)
    return -int(-left // 1)


def resume_time(
    kept_seconds: int | None,
    limit_minutes: int,
    allowance: Allowance | None,
    *,
    now: datetime,
    due_at: datetime | None,
    course_end: datetime | None,
) -> AllowedTime:
    """The allowed time of a resumed attempt at its start: what was kept, or the full time.

    ``kept_seconds``: from :func:`time_to_keep`. Cut as any other; raises :class:`NoTimeLeft`.
    """
    full = limit_seconds(limit_minutes, allowance)
    seconds = full if kept_seconds is None else kept_seconds
    return cut(seconds, now=now, end=first_end(due_at, course_end))


def is_past_due(now: datetime, due_at: datetime | None, course_end: datetime | None = None) -> bool:
    """True from the due date or the course end on, whichever is first."""
    end = first_end(due_at, course_end)
    return end is not None and now >= end


def expiry_cause(
    now: datetime, due_at: datetime | None, course_end: datetime | None
) -> Cause | None:
    """Why an unstarted attempt expires now: ``course_end`` or ``due``; None: it does not."""
    if course_end is not None and now >= course_end:
        return Cause.COURSE_END
    if due_at is not None and now >= due_at:
        return Cause.DUE
    return None


def ensure_not_past_due(
    now: datetime, due_at: datetime | None, course_end: datetime | None
) -> None:
    """For a reset or resume (with the new due date, if one came): raise :class:`PastDue`."""
    end = first_end(due_at, course_end)
    if end is not None and now >= end:
        raise PastDue(end)


def readiness_lapsed(ready_at: datetime | None, lifetime: timedelta | None, now: datetime) -> bool:
    """True where the vendor never said "ready", or longer ago than ``lifetime`` (None: 30 min)."""
    if ready_at is None:
        return True
    return now - ready_at > (DEFAULT_READINESS if lifetime is None else lifetime)


def ensure_ready(ready_at: datetime | None, lifetime: timedelta | None, now: datetime) -> None:
    """Raise :class:`ReadinessLapsed` unless the session is still ready (domain §3)."""
    if readiness_lapsed(ready_at, lifetime, now):
        raise ReadinessLapsed(ready_at)


def ensure_allowance_in_time(live_status: AttemptStatus | None) -> None:
    """Allowances are given before the attempt starts: raise :class:`AllowanceTooLate` after.

    ``live_status``: of the learner's live attempt, None where there is none.
    """
    if live_status is not None and live_status not in UNSTARTED:
        raise AllowanceTooLate(
            told(
                "The learner's attempt is already “%(live_status)s”; an allowance "
                "must be given before the start. Reset the attempt, then give it.",
                live_status=label(live_status),
            )
        )
