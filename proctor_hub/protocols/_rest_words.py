"""The words of the REST provider protocol, and what they mean here: tables, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proctor_hub.domain.words import AttemptStatus, ExamType, OnboardingStatus, ReviewStatus

API = "/api/v1"
CALLBACKS = "/api/edx_proctoring/v1/proctored_exam/attempt/{external_id}"

REVIEW_WORDS: Mapping[str, ReviewStatus] = MappingProxyType(
    {
        "passed": ReviewStatus.PASSED,
        "violation": ReviewStatus.VIOLATION,
        "suspicious": ReviewStatus.SUSPICIOUS,
        "not_reviewed": ReviewStatus.NOT_REVIEWED,
    }
)
"""``status`` of a review callback; compared as :func:`review_key` writes it."""

REFUSAL_WORDS: Mapping[str, AttemptStatus] = MappingProxyType(
    {
        "onboarding_missing": AttemptStatus.ONBOARDING_MISSING,
        "onboarding_pending": AttemptStatus.ONBOARDING_PENDING,
        "onboarding_failed": AttemptStatus.ONBOARDING_FAILED,
        "onboarding_expired": AttemptStatus.ONBOARDING_EXPIRED,
    }
)
"""``status`` of a registration that opened no session."""

ONBOARDING_WORDS: Mapping[str, OnboardingStatus] = MappingProxyType(
    {
        "no-profile": OnboardingStatus.NOT_STARTED,
        "approved-in-course": OnboardingStatus.VERIFIED,
        "approved-in-different-course": OnboardingStatus.OTHER_COURSE_APPROVED,
        "rejected": OnboardingStatus.REJECTED,
        "expired": OnboardingStatus.EXPIRED,
        "pending": OnboardingStatus.SUBMITTED,
    }
)
"""``status`` of an onboarding profile."""

EXAM_FLAGS: Mapping[ExamType, tuple[bool, bool]] = MappingProxyType(
    {
        ExamType.PROCTORED: (True, False),
        # The wire cannot tell these two apart: a vendor has the one or the other (domain §6).
        ExamType.ONBOARDING: (True, True),
        ExamType.PRACTICE: (True, True),
    }
)
"""Exam type → ``is_proctored``, ``is_practice_exam``. Timed exams are never sent."""


def review_key(word: str) -> str:
    """A vendor's review word as the table has it: lower case, ``_`` for spaces and hyphens."""
    return "_".join(word.replace("-", " ").replace("_", " ").split()).casefold()
