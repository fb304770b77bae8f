"""Who may decide what, and what comes of it (domain §2, §5).

This is the host's own rule. A vendor's ``authorize_decision`` can only narrow it.
"""

from __future__ import annotations

from dataclasses import dataclass

from proctor_hub.domain.errors import AttemptArchived, IllegalMove, NotEntitled
from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause, allowed_moves, refusal_of
from proctor_hub.domain.told import Told, noted, told
from proctor_hub.domain.words import (
    VERDICTS,
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewOwner,
    Role,
)

DECIDERS = frozenset({Role.SUPPORT, Role.COURSE_TEAM})
"""Roles that decide about learners; the operator decides nothing about them (domain §2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """The attempt somebody wants to decide.

    ``review_owner``: in whose queue its second review lies, or lay when the verdict came; None
    where it never had one. ``live``: not archived. ``decided_role``: the role that made the
    standing pass or fail decision, None where nobody has (an escalation is none).
    """

    status: AttemptStatus
    exam_type: ExamType
    review_owner: ReviewOwner | None = None
    live: bool = True
    decided_role: Role | None = None

    @property
    def decided(self) -> bool:
        """True where a person has passed or failed the attempt."""
        return self.decided_role is not None


def outcome_of(kind: DecisionKind, context: DecisionContext) -> AttemptStatus | None:
    """The verdict a decision leads to; None for an escalation: the status stays.

    After an escalation the second review lies with :data:`ReviewOwner.COURSE_TEAM`.
    """
    if kind is DecisionKind.ESCALATE:
        return None
    return AttemptStatus.VERIFIED if kind is DecisionKind.PASS else AttemptStatus.REJECTED


def ensure_may_decide(role: Role, kind: DecisionKind, context: DecisionContext) -> None:
    """Raise unless ``role`` may make this decision now.

    :class:`NotEntitled`: the role may not; :class:`AttemptArchived`; :class:`IllegalMove`: nobody
    may, from this status. Which course or which attempts a person sees is the caller's business.
    """
    if role not in DECIDERS:
        raise NotEntitled(
            told("The role “%(role)s” decides nothing about learners' exams.", role=label(role))
        )
    if not context.live:
        raise AttemptArchived
    if kind is DecisionKind.ESCALATE:
        _ensure_may_escalate(role, context)
        return
    _ensure_possible(kind, context)
    reason = _refusal(role, context)
    if reason is not None:
        raise NotEntitled(reason)


def may_decide(role: Role, kind: DecisionKind, context: DecisionContext) -> bool:
    """:func:`ensure_may_decide` as a question, for pages that show only what is possible."""
    try:
        ensure_may_decide(role, kind, context)
    except (NotEntitled, AttemptArchived, IllegalMove):
        return False
    return True


def is_revert(kind: DecisionKind, context: DecisionContext) -> bool:
    """True where the decision turns a person's earlier one around."""
    return (
        context.decided and context.status in VERDICTS and outcome_of(kind, context) in VERDICTS
    ) and outcome_of(kind, context) is not context.status


def counts_as_decision(situation: DecisionContext, *, on_course_team: bool) -> bool:
    """True where a callback's ``reviewed_by`` decides (domain §4, §5).

    The person must be on the course's team (matched by the caller, case-insensitively), and the
    second review must not lie with support: what a page would refuse, a callback cannot do.
    """
    return on_course_team and not _lies_with_support(situation)


def _ensure_possible(kind: DecisionKind, context: DecisionContext) -> None:
    target = AttemptStatus.VERIFIED if kind is DecisionKind.PASS else AttemptStatus.REJECTED
    why = refusal_of(
        context.status, target, by=Cause.DECISION, exam_type=context.exam_type, decided=True
    )
    if why is not None:
        allowed = allowed_moves(context.status, context.exam_type)
        raise IllegalMove(context.status, target, allowed, why)


def _ensure_may_escalate(role: Role, context: DecisionContext) -> None:
    if role is not Role.SUPPORT:
        raise NotEntitled(noted("Only support escalates, to the course team. Decide pass or fail."))
    if context.status is not AttemptStatus.SECOND_REVIEW_REQUIRED:
        needed = AttemptStatus.SECOND_REVIEW_REQUIRED
        allowed = allowed_moves(context.status, context.exam_type)
        raise IllegalMove(
            context.status, needed, allowed, noted("only a second review is escalated")
        )
    if context.review_owner is not ReviewOwner.SUPPORT:
        raise NotEntitled(noted("This second review already lies with the course team."))


def _refusal(role: Role, context: DecisionContext) -> str | None:
    """Why the role may not, among the decisions that are legal; None where it may."""
    if context.status is AttemptStatus.SECOND_REVIEW_REQUIRED:
        owner = context.review_owner
        if owner is None or owner.value != role.value:
            return told("This second review lies with %(owner)s, not with you.", owner=_name(owner))
        return None
    return _support_refusal(context) if role is Role.SUPPORT else _team_refusal(context)


def _support_refusal(context: DecisionContext) -> str | None:
    if context.status is AttemptStatus.ERROR:
        return noted("Attempts in error are decided by the course team.")
    if context.decided_role is not Role.SUPPORT:
        return noted("Support reverts only its own decisions; this verdict is not one of them.")
    return None


def _team_refusal(context: DecisionContext) -> str | None:
    """Error attempts; any decision's revert; failing a verdict by review that is not support's."""
    if context.status is AttemptStatus.ERROR or context.decided:
        return None
    if context.status is AttemptStatus.REJECTED:
        return noted(
            "Nobody has decided on this attempt, so there is no decision to revert. Wait for a "
            "revised review, or reset the attempt."
        )
    if context.review_owner is ReviewOwner.SUPPORT:
        return noted("This attempt lies with support; ask support to escalate it.")
    return None


def _lies_with_support(context: DecisionContext) -> bool:
    return context.review_owner is ReviewOwner.SUPPORT and not context.decided


def _name(owner: ReviewOwner | None) -> Told:
    return told("nobody") if owner is None else label(owner)
