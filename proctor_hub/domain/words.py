"""The words of the field, one per idea (domain §1, §3, §4, §6).

Every value here is what is stored, sent and shown in machine form; labels for people are next to
the enumeration they belong to.
"""

from __future__ import annotations

from enum import StrEnum


class ExamType(StrEnum):
    """What kind of exam it is. Proctored, practice and onboarding exams need a vendor."""

    TIMED = "timed"
    PROCTORED = "proctored"
    PRACTICE = "practice"
    ONBOARDING = "onboarding"

    @property
    def needs_vendor(self) -> bool:
        """True where a vendor must declare the session ready before the start (domain §3)."""
        return self is not ExamType.TIMED

    @property
    def is_sample(self) -> bool:
        """True for practice and onboarding: ``is_sample_attempt`` of the report (domain §8)."""
        return self in (ExamType.PRACTICE, ExamType.ONBOARDING)

    @property
    def needs_verified_track(self) -> bool:
        """True where only learners of the verified track may take it (domain §7)."""
        return self in (ExamType.PROCTORED, ExamType.ONBOARDING)

    @property
    def is_reviewed(self) -> bool:
        """True where a review moves the attempt; a practice review is only stored (domain §4)."""
        return self in (ExamType.PROCTORED, ExamType.ONBOARDING)


class AttemptStatus(StrEnum):
    """Where an attempt stands (domain §3): thirteen statuses of the seeds, five of Open edX."""

    CREATED = "created"
    DOWNLOAD_SOFTWARE_CLICKED = "download_software_clicked"
    READY_TO_START = "ready_to_start"
    STARTED = "started"
    READY_TO_SUBMIT = "ready_to_submit"
    COMPLETED = "completed"
    TIMED_OUT = "timed_out"
    SUBMITTED = "submitted"
    SECOND_REVIEW_REQUIRED = "second_review_required"
    VERIFIED = "verified"
    REJECTED = "rejected"
    DECLINED = "declined"
    EXPIRED = "expired"
    ERROR = "error"
    ONBOARDING_MISSING = "onboarding_missing"
    ONBOARDING_PENDING = "onboarding_pending"
    ONBOARDING_FAILED = "onboarding_failed"
    ONBOARDING_EXPIRED = "onboarding_expired"


ONBOARDING_REFUSALS = frozenset(
    {
        AttemptStatus.ONBOARDING_MISSING,
        AttemptStatus.ONBOARDING_PENDING,
        AttemptStatus.ONBOARDING_FAILED,
        AttemptStatus.ONBOARDING_EXPIRED,
    }
)
"""The vendor refused to register a session until onboarding is done; no session exists."""

RUNNING = frozenset({AttemptStatus.STARTED, AttemptStatus.READY_TO_SUBMIT})
"""The clock of the attempt runs; at most one such attempt per learner over all exams."""

UNSTARTED = (
    frozenset(
        {
            AttemptStatus.CREATED,
            AttemptStatus.DOWNLOAD_SOFTWARE_CLICKED,
            AttemptStatus.READY_TO_START,
        }
    )
    | ONBOARDING_REFUSALS
)
"""Statuses before the start, out of which an attempt may be declined or expire."""

UNFINISHED = UNSTARTED | RUNNING
"""Statuses of an unfinished attempt; every other one is finished."""

VERDICTS = frozenset({AttemptStatus.VERIFIED, AttemptStatus.REJECTED})
"""Statuses that say whether the learner passed the review."""

AWAITING_REVIEW = frozenset(
    {
        AttemptStatus.COMPLETED,
        AttemptStatus.TIMED_OUT,
        AttemptStatus.SUBMITTED,
        AttemptStatus.SECOND_REVIEW_REQUIRED,
    }
)
"""Finished, and no verdict yet: the learner sees *Pending*."""


class ReviewStatus(StrEnum):
    """What the vendor found, in normal form (domain §4)."""

    PASSED = "passed"
    VIOLATION = "violation"
    SUSPICIOUS = "suspicious"
    NOT_REVIEWED = "not_reviewed"

    @property
    def label(self) -> str:
        """The word of the results report (domain §4)."""
        return _REVIEW_LABELS[self]


_REVIEW_LABELS = {
    ReviewStatus.PASSED: "Clean",
    ReviewStatus.VIOLATION: "Rules Violation",
    ReviewStatus.SUSPICIOUS: "Suspicious",
    ReviewStatus.NOT_REVIEWED: "Not Reviewed",
}


class Role(StrEnum):
    """Who acts (domain §2). ``LMS``, ``VENDOR`` and ``CLOCK`` are machines."""

    LEARNER = "learner"
    COURSE_TEAM = "course_team"
    SUPPORT = "support"
    OPERATOR = "operator"
    LMS = "lms"
    VENDOR = "vendor"
    CLOCK = "clock"


class ReviewOwner(StrEnum):
    """In whose queue a second review lies (domain §5)."""

    SUPPORT = "support"
    COURSE_TEAM = "course_team"


class DecisionKind(StrEnum):
    """What a person on our side decided (domain §5)."""

    PASS = "pass"  # noqa: S105 - a decision, not a password
    FAIL = "fail"
    ESCALATE = "escalate"


class OnboardingStatus(StrEnum):
    """Where a learner's onboarding profile with one vendor stands (domain §6)."""

    NOT_STARTED = "not_started"
    SETUP_STARTED = "setup_started"
    ONBOARDING_STARTED = "onboarding_started"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    ERROR = "error"
    EXPIRED = "expired"
    OTHER_COURSE_APPROVED = "other_course_approved"


class Track(StrEnum):
    """A learner's enrolment track in a course, as far as the hub cares (domain §7)."""

    VERIFIED = "verified"
    AUDIT = "audit"
