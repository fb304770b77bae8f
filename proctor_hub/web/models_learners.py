"""Allowances and onboarding profiles (domain §6, §7)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from proctor_hub.domain.words import OnboardingStatus, Track
from proctor_hub.web.models_base import In, Key, Out


class AllowancesIn(In):
    """The same allowance for every learner at every exam given; all of it or nothing."""

    user_ids: list[str] = Field(min_length=1, max_length=5000, description="Learners of the course")
    exam_ids: list[Key] = Field(min_length=1, max_length=500, description="Exams of the course")
    additional_minutes: int | None = Field(None, ge=1, le=366 * 24 * 60)
    multiplier: Decimal | None = Field(
        None, gt=1, le=100, max_digits=6, description="A factor on the exam's time limit"
    )
    policy_exception: str = Field(
        "", max_length=10_000, description="Passed to the vendor's reviewers"
    )


class Granted(Out):
    """How many allowances were granted or replaced."""

    granted: int


class AllowanceOut(Out):
    """What a learner was granted at an exam."""

    exam_id: int
    user_id: str
    username: str
    additional_minutes: int | None
    multiplier: float | None
    policy_exception: str
    granted_by: str
    granted_at: datetime


class ProfileRow(Out):
    """A learner of the course in the onboarding panel."""

    user_id: str
    username: str
    email: str
    track: Track
    status: OnboardingStatus
    expires_at: datetime | None
    updated_at: datetime | None


class OwnProfileOut(Out):
    """One learner's onboarding with the course's vendor."""

    required: bool = Field(description="False: the vendor has no onboarding")
    status: OnboardingStatus
    expires_at: datetime | None
    may_retry: bool = Field(description="The learner may begin it again alone")


class Refreshed(Out):
    """How many profiles the vendor told."""

    stored: int
