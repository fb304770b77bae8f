"""What the *handling staff decisions* hooks take and return."""

from __future__ import annotations

from dataclasses import dataclass

from proctor_hub.domain.words import (
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewOwner,
    ReviewStatus,
    Role,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """What a vendor's policy goes by when it classifies a review."""

    status: ReviewStatus
    exam_type: ExamType
    attempt_status: AttemptStatus
    incident_count: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """A decision somebody wants to make, here or in the vendor's dashboard.

    :param owner: in whose queue the second review lies, where there is one.
    :param in_vendor_dashboard: True where a callback's ``reviewed_by`` named the person.
    """

    kind: DecisionKind
    role: Role
    exam_type: ExamType
    attempt_status: AttemptStatus
    owner: ReviewOwner | None = None
    in_vendor_dashboard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether the vendor's flow lets this role decide at this stage; the host's own rules
    (domain §2, §5) apply on top and are never widened."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOutcome:
    """What a decision does: a verdict, or an escalation to another queue."""

    status: AttemptStatus
    escalate_to: ReviewOwner | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetirementReceipt:
    """What the vendor answered to the erasure of a learner.

    :param confirmed: True when the vendor holds nothing (any more) about the pseudonym.
    """

    confirmed: bool
    detail: str = ""
