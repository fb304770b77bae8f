"""Who reviews and who decides in this vendor's flow (domain §5, column RPNow)."""

from __future__ import annotations

from collections.abc import Mapping

from proctor_hub import (
    AttemptStatus,
    Classification,
    DecisionKind,
    DecisionRequest,
    Permission,
    ReviewOwner,
    ReviewStatus,
    Role,
)

from .texts import TEXTS

CLASSIFICATIONS: Mapping[ReviewStatus, Classification] = {
    ReviewStatus.PASSED: Classification.VERIFY,
    ReviewStatus.VIOLATION: Classification.VERIFY,
    ReviewStatus.SUSPICIOUS: Classification.SECOND_REVIEW_SUPPORT,
    ReviewStatus.NOT_REVIEWED: Classification.WAIT,
}
"""What a review of this vendor causes (domain §4); a suspicious one goes to support first."""

_VERDICTS = (AttemptStatus.VERIFIED, AttemptStatus.REJECTED)
_YES = Permission(allowed=True)


def authorize(decision: DecisionRequest) -> Permission:
    """Whether the vendor's flow has a place for this decision (domain §2, §5).

    Support decides or escalates what lies in its queue and reverts what it decided there; the
    course team decides what was escalated and ``error`` attempts, and reverts any verdict that
    does not lie with support. The vendor has no dashboard to decide in.
    """
    if decision.in_vendor_dashboard:
        return _no(TEXTS.told("this vendor has no dashboard in which a decision could be made"))
    if decision.kind is DecisionKind.ESCALATE:
        return _escalation(decision)
    if decision.role is Role.SUPPORT:
        return _support(decision)
    if decision.role is Role.COURSE_TEAM:
        return _course_team(decision)
    return _no(TEXTS.told("only support and the course team decide about learners"))


def _escalation(decision: DecisionRequest) -> Permission:
    if decision.role is not Role.SUPPORT:
        return _no(TEXTS.told("only support escalates, to the course team"))
    if decision.attempt_status is not AttemptStatus.SECOND_REVIEW_REQUIRED:
        return _no(TEXTS.told("only a second review can be escalated"))
    return _lies_with(decision, ReviewOwner.SUPPORT)


def _support(decision: DecisionRequest) -> Permission:
    if decision.attempt_status in (AttemptStatus.SECOND_REVIEW_REQUIRED, *_VERDICTS):
        return _lies_with(decision, ReviewOwner.SUPPORT)
    return _no(TEXTS.told("support decides second reviews only"))


def _course_team(decision: DecisionRequest) -> Permission:
    if decision.attempt_status is AttemptStatus.ERROR:
        return _YES
    if decision.attempt_status is AttemptStatus.SECOND_REVIEW_REQUIRED:
        return _lies_with(decision, ReviewOwner.COURSE_TEAM)
    if decision.attempt_status not in _VERDICTS:
        return _no(TEXTS.told("the attempt is not at a stage where anybody decides"))
    if decision.owner is ReviewOwner.SUPPORT:
        return _no(TEXTS.told("the attempt lies with support"))
    return _YES


def _lies_with(decision: DecisionRequest, owner: ReviewOwner) -> Permission:
    if decision.owner is owner:
        return _YES
    if owner is ReviewOwner.SUPPORT:
        return _no(TEXTS.told("the attempt does not lie with support"))
    return _no(TEXTS.told("the attempt does not lie with the course team"))


def _no(reason: str) -> Permission:
    return Permission(allowed=False, reason=reason)
