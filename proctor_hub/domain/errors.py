"""What the domain refuses, as one tree.

::

    DomainError
    ├── IllegalMove            the transition table of domain §3 does not have this move
    ├── AttemptArchived        an archived attempt never moves again (§3)
    ├── NotEntitled            the role may not do this (§2, §5)
    ├── TrackNotEligible       the learner's track may not take this exam (§7)
    ├── ReadinessLapsed        the vendor's "ready" is too old to start on (§3)
    ├── AnotherAttemptRunning  one running attempt per learner over all exams (§3)
    ├── LiveAttemptExists      one live attempt per learner and exam (§3)
    ├── NoTimeLeft             nothing is left before the due date or course end (§7)
    ├── PastDue                the due date or course end is over (§7)
    ├── OptOutRefused          this exam cannot be declined (§7)
    ├── RetryRefused           the learner may not retry this attempt (§3, §6)
    ├── ResumeRefused          resume works only from ``error`` (§3)
    ├── InvalidAllowance       an allowance that allows nothing, or less than nothing (§7)
    ├── AllowanceTooLate       allowances are given before the attempt starts (§7)
    ├── ProctoringOff          the course has no proctoring, or no vendor yet (§7)
    ├── ExamTypeNotSupported   the vendor does not do this type of exam (§7)
    ├── ExamTypeFixed          the type cannot change once an attempt exists (§7)
    ├── VendorChangeRefused    the course has exams pinned to its vendor (§7)
    └── InvalidExam            a rule about an exam's or course's settings is broken (§7)

Each has a stable ``code`` for machines; its message says what, where and what to do. None carries
personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from proctor_hub.domain.labels import label, listed
from proctor_hub.domain.told import Told, noted, told
from proctor_hub.errors import ProctorHubError

if TYPE_CHECKING:
    from datetime import datetime

    from proctor_hub.domain.words import AttemptStatus, ExamType, Track


class DomainError(ProctorHubError):
    """A rule of the domain refused the request; nothing was changed."""

    code: ClassVar[str] = "domain_error"


class IllegalMove(DomainError):
    """The transition table has no such move (domain §3); carries what is allowed instead."""

    code = "illegal_move"

    def __init__(
        self,
        from_status: AttemptStatus,
        to_status: AttemptStatus,
        allowed: tuple[AttemptStatus, ...],
        why: str = "",
    ) -> None:
        """``allowed``: where ``from_status`` may go, by whatever cause; ``why``: one clause."""
        self.from_status = from_status
        self.to_status = to_status
        self.allowed = allowed
        self.why = why
        ways = listed(allowed) if allowed else told("nothing: it is final")
        clause = why if isinstance(why, Told) else told(why)
        reason = told(" (%(why)s)", why=clause) if why else ""
        super().__init__(
            told(
                "An attempt in “%(from_status)s” cannot go to "
                "“%(to_status)s”%(reason)s; allowed from there: %(ways)s.",
                from_status=label(from_status),
                to_status=label(to_status),
                reason=reason,
                ways=ways,
            )
        )


class AttemptArchived(DomainError):
    """The attempt was archived by reset, resume, retry or migration (domain §3)."""

    code = "attempt_archived"

    def __init__(self) -> None:
        """No arguments: an archived attempt is refused whatever is asked."""
        super().__init__(
            noted(
                "This attempt is archived: what arrives is stored and shown, but it never moves "
                "again. Use the learner's live attempt."
            )
        )


class NotEntitled(DomainError):
    """The role may not do this (domain §2 and §5)."""

    code = "not_entitled"

    def __init__(self, reason: str) -> None:
        """``reason``: a sentence for the person who asked."""
        self.reason = reason
        super().__init__(reason)


class TrackNotEligible(DomainError):
    """Only the verified track may take proctored and onboarding exams (domain §7)."""

    code = "track_not_eligible"

    def __init__(self, exam_type: ExamType, track: Track | None) -> None:
        """``track``: the learner's track in the course, None where not enrolled."""
        self.exam_type = exam_type
        self.track = track
        super().__init__(
            told(
                "Exams of type “%(exam_type)s” are for learners of the verified "
                "track; this learner's track is “%(track)s”. Change the enrolment in "
                "the LMS, then try again.",
                exam_type=label(exam_type),
                track=told("unknown") if track is None else label(track),
            )
        )


class ReadinessLapsed(DomainError):
    """The vendor said "ready" too long ago (domain §3); the status stays."""

    code = "readiness_lapsed"

    def __init__(self, ready_at: datetime | None) -> None:
        """``ready_at``: when the vendor last said so, None where it never did."""
        self.ready_at = ready_at
        super().__init__(
            noted(
                "The proctoring session is no longer ready. Go back to the proctoring software and "
                "finish its checks again, then start the exam."
            )
        )


class AnotherAttemptRunning(DomainError):
    """The learner already takes an exam (domain §3)."""

    code = "another_attempt_running"

    def __init__(self, attempt_code: str) -> None:
        """``attempt_code``: the running attempt's."""
        self.attempt_code = attempt_code
        super().__init__(
            told(
                "Another exam is running (attempt %(attempt_code)s). Finish and submit it first.",
                attempt_code=attempt_code,
            )
        )


class LiveAttemptExists(DomainError):
    """The learner already has a live attempt at this exam (domain §3)."""

    code = "live_attempt_exists"

    def __init__(self, attempt_code: str) -> None:
        """``attempt_code``: the live attempt's."""
        self.attempt_code = attempt_code
        super().__init__(
            told(
                "This learner already has an attempt at this exam "
                "(%(attempt_code)s). Go on with it, or have staff reset it.",
                attempt_code=attempt_code,
            )
        )


class NoTimeLeft(DomainError):
    """No time is left before the due date or the course end (domain §7)."""

    code = "no_time_left"

    def __init__(self, ended_at: datetime | None = None) -> None:
        """``ended_at``: the due date or course end, None: own time used up."""
        self.ended_at = ended_at
        until: str = ""
        if ended_at:
            until = told(" It had to be taken before %(end)s.", end=ended_at)
        super().__init__(
            told(
                "No time is left for this exam.%(until)s Ask the course team for a "
                "reset with a new due date.",
                until=until,
            )
        )


class PastDue(DomainError):
    """Due date or course end is over; a reset or resume needs a new due date (domain §7)."""

    code = "past_due"

    def __init__(self, ended_at: datetime) -> None:
        """``ended_at``: the due date or course end, whichever came first."""
        self.ended_at = ended_at
        super().__init__(
            told(
                "This exam ended for the learner at %(ended_at)s. Give a new "
                "due date, later than now and before the course end.",
                ended_at=ended_at,
            )
        )


class OptOutRefused(DomainError):
    """This exam cannot be taken without proctoring (domain §7)."""

    code = "opt_out_refused"


class RetryRefused(DomainError):
    """The learner may not retry this attempt (domain §3, §6)."""

    code = "retry_refused"


class ResumeRefused(DomainError):
    """Resume works only from ``error``, by staff (domain §3)."""

    code = "resume_refused"


class InvalidAllowance(DomainError):
    """An allowance must allow something: minutes > 0, multiplier > 1, or text (domain §7)."""

    code = "invalid_allowance"


class AllowanceTooLate(DomainError):
    """Allowances are given before the attempt starts (domain §7)."""

    code = "allowance_too_late"


class ProctoringOff(DomainError):
    """The course has no proctoring, or no vendor yet (domain §7)."""

    code = "proctoring_off"


class ExamTypeNotSupported(DomainError):
    """The course's vendor does not do this type of exam (domain §7)."""

    code = "exam_type_not_supported"


class ExamTypeFixed(DomainError):
    """The type of an exam cannot change once an attempt exists (domain §7)."""

    code = "exam_type_fixed"


class VendorChangeRefused(DomainError):
    """The course has exams pinned to its vendor; use a migration (domain §7)."""

    code = "vendor_change_refused"


class InvalidExam(DomainError):
    """A rule about an exam's or a course's settings is broken (domain §7)."""

    code = "invalid_exam"
