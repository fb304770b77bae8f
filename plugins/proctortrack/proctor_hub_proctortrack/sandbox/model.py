"""The vendor's own records: exams, attempts, reviews, onboarding profiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ProfileState = Literal["none", "pending", "approved", "rejected", "expired"]

ONBOARDING_WORDS = (
    "no-profile",
    "approved-in-course",
    "approved-in-different-course",
    "rejected",
    "expired",
    "pending",
)
_REFUSALS: dict[ProfileState, str | None] = {
    "none": "onboarding_missing",
    "pending": "onboarding_pending",
    "rejected": "onboarding_failed",
    "expired": "onboarding_expired",
    "approved": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """An exam as the hub last sent it; `id` is the vendor's, `sent` the body on the wire."""

    id: str
    course_id: str
    name: str
    is_proctored: bool
    is_practice: bool
    is_active: bool
    rules: dict[str, bool]
    sent: dict[str, Any]

    @property
    def is_onboarding(self) -> bool:
        """Whether attempts in it build an onboarding profile (wire: both flags true)."""
        return self.is_proctored and self.is_practice

    @property
    def needs_onboarding(self) -> bool:
        """Whether a learner needs a valid onboarding profile to enter it (domain §6)."""
        return self.is_proctored and not self.is_practice


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review as posted to the hub; `reviewed_by` is set where a person decided."""

    status: str
    comments: tuple[dict[str, Any], ...] = ()
    reviewed_by: str | None = None

    def body(self) -> dict[str, Any]:
        """The callback body; equal reviews give equal bytes, as in the vendor's dashboard."""
        body: dict[str, Any] = {"status": self.status}
        if self.reviewed_by is not None:
            body["reviewed_by"] = self.reviewed_by
        body["comments"] = list(self.comments)
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A proctoring session. `id` is the hub's "external id", `pseudonym` its `user_id`.

    `status` is the vendor's: created, ready, started, submitted, error.
    """

    id: str
    exam_id: str
    pseudonym: str
    full_name: str = field(repr=False)
    email: str = field(repr=False)
    hub_base: str
    is_sample: bool
    review_policy: str = ""
    status: str = "created"
    registered_at: datetime
    ready_at: datetime | None = None
    started_at: datetime | None = None
    submitted_at: datetime | None = None
    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A learner's onboarding profile; `course_id` is the course that approved it."""

    pseudonym: str
    state: ProfileState = "none"
    course_id: str | None = None
    expires_at: datetime | None = None

    def state_at(self, now: datetime) -> ProfileState:
        """The state at `now`: an approval past its expiry date is expired."""
        if self.state == "approved" and self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return self.state

    def word(self, course_id: str, now: datetime) -> str:
        """The vendor's word for this profile as seen from a course, one of ONBOARDING_WORDS."""
        state = self.state_at(now)
        if state == "none":
            return "no-profile"
        if state == "approved":
            same = self.course_id == course_id
            return "approved-in-course" if same else "approved-in-different-course"
        return state

    def refusal(self, now: datetime) -> str | None:
        """The status a proctored registration is refused with, or None if it may enter."""
        return _REFUSALS[self.state_at(now)]
