"""Where attempts begin, and how they are archived: reset, resume, retry (domain §3).

None of them deletes or moves anything: the attempt is archived as it stands, and a new one begins
with the next number and a new code.
"""

from __future__ import annotations

from proctor_hub.domain.errors import (
    AttemptArchived,
    IllegalMove,
    NotEntitled,
    ResumeRefused,
    RetryRefused,
)
from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import UNFINISHED, AttemptStatus, ExamType, OnboardingStatus, Role

FIRST_NUMBER = 1
"""Number of a learner's first attempt at an exam."""

STAFF = frozenset({Role.COURSE_TEAM, Role.SUPPORT})
"""Roles that reset and resume (domain §2)."""

INITIAL = frozenset({AttemptStatus.CREATED, AttemptStatus.DECLINED})
"""Statuses an attempt may begin in; ``declined`` by opting out or its cascade only."""

_RETRYABLE_ONBOARDING = frozenset({AttemptStatus.REJECTED, AttemptStatus.ERROR})


def ensure_initial(status: AttemptStatus, *, by: Cause, exam_type: ExamType) -> None:
    """Raise :class:`IllegalMove` unless an attempt may begin in this status by this cause."""
    by_opt_out = by is Cause.OPT_OUT
    if status is AttemptStatus.CREATED and not by_opt_out:
        return
    if status is AttemptStatus.DECLINED and by_opt_out and exam_type is ExamType.PROCTORED:
        return
    raise IllegalMove(
        AttemptStatus.CREATED, status, (AttemptStatus.CREATED,), noted("an attempt cannot begin so")
    )


def next_number(latest: int | None) -> int:
    """Number of the next attempt of this learner at this exam; None: there was none."""
    return FIRST_NUMBER if latest is None else latest + 1


def ensure_may_reset(role: Role, *, archived: bool) -> None:
    """Course team and support reset any live attempt, in whatever status it is."""
    _ensure_staff(role, noted("Only the course team and support reset attempts, not “%(role)s”."))
    if archived:
        raise AttemptArchived


def ensure_may_resume(role: Role, status: AttemptStatus, *, archived: bool) -> None:
    """Course team and support resume, from ``error`` only: else :class:`ResumeRefused`."""
    _ensure_staff(role, noted("Only the course team and support resume attempts, not “%(role)s”."))
    if archived:
        raise AttemptArchived
    if status is not AttemptStatus.ERROR:
        raise ResumeRefused(
            told(
                "Only an attempt in error can be resumed; this one is “%(status)s”. "
                "Reset it instead.",
                status=label(status),
            )
        )


def ensure_may_retry(
    exam_type: ExamType,
    status: AttemptStatus,
    *,
    archived: bool,
    profile: OnboardingStatus | None = None,
) -> None:
    """Whether the learner may begin anew alone: practice and onboarding (domain §2, §6).

    Practice: once finished. Onboarding: rejected or errored, or where the effective ``profile``
    has expired. Else :class:`RetryRefused`.
    """
    if archived:
        raise AttemptArchived
    if exam_type is ExamType.PRACTICE and status not in UNFINISHED:
        return
    if exam_type is ExamType.ONBOARDING and status not in UNFINISHED:
        if status in _RETRYABLE_ONBOARDING or profile is OnboardingStatus.EXPIRED:
            return
        raise RetryRefused(
            noted("Onboarding can be retried once it was rejected, ended in error or expired.")
        )
    if exam_type.is_sample:
        raise RetryRefused(noted("This attempt is not finished yet. Finish it, then retry."))
    raise RetryRefused(
        told(
            "An exam of type “%(exam_type)s” cannot be retried by the learner. Ask the "
            "course team for a reset.",
            exam_type=label(exam_type),
        )
    )


def _ensure_staff(role: Role, text: str) -> None:
    if role not in STAFF:
        raise NotEntitled(told(text, role=label(role)))
