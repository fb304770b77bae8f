"""Who may decide what: every role, kind and situation (domain §2, §5)."""

from __future__ import annotations

from itertools import product

import pytest

from proctor_hub.domain.decisions import (
    DecisionContext,
    counts_as_decision,
    ensure_may_decide,
    is_revert,
    may_decide,
    outcome_of,
)
from proctor_hub.domain.errors import AttemptArchived, IllegalMove, NotEntitled
from proctor_hub.domain.words import AttemptStatus, DecisionKind, ExamType, ReviewOwner, Role

S = AttemptStatus
PASS, FAIL, ESCALATE = DecisionKind.PASS, DecisionKind.FAIL, DecisionKind.ESCALATE
SUPPORT, TEAM = Role.SUPPORT, Role.COURSE_TEAM
OWNERS = (None, ReviewOwner.SUPPORT, ReviewOwner.COURSE_TEAM)


def _may(role: Role, kind: DecisionKind, c: DecisionContext) -> bool:
    """The sentences of §2 and §5, one by one."""
    if role not in (SUPPORT, TEAM) or not c.live:
        return False
    if c.exam_type not in (ExamType.PROCTORED, ExamType.ONBOARDING):
        return False
    second = c.status is S.SECOND_REVIEW_REQUIRED and c.exam_type is ExamType.PROCTORED
    turns = {(S.VERIFIED, FAIL), (S.REJECTED, PASS)}
    if kind is ESCALATE:
        return (
            role is SUPPORT
            and c.status is S.SECOND_REVIEW_REQUIRED
            and c.review_owner is ReviewOwner.SUPPORT
        )
    if second:
        return c.review_owner is not None and c.review_owner.value == role.value
    if c.status is S.ERROR:
        return role is TEAM
    if (c.status, kind) not in turns:
        return False
    if role is SUPPORT:
        return c.decided_role is SUPPORT
    if c.decided_role is not None:
        return True
    return kind is FAIL and c.review_owner is not ReviewOwner.SUPPORT


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("role", Role)
def test_every_situation(status: S, role: Role) -> None:
    for kind, exam_type, owner, live, decided in product(
        DecisionKind, ExamType, OWNERS, (True, False), (None, SUPPORT, TEAM)
    ):
        if decided and status not in (S.VERIFIED, S.REJECTED):
            continue
        if kind is ESCALATE and exam_type is not ExamType.PROCTORED:
            continue  # only proctored attempts have second reviews
        context = DecisionContext(
            status=status,
            exam_type=exam_type,
            review_owner=owner,
            live=live,
            decided_role=decided,
        )
        assert may_decide(role, kind, context) is _may(role, kind, context), (kind, context)


def context(status: S = S.SECOND_REVIEW_REQUIRED, **more: object) -> DecisionContext:
    return DecisionContext(status=status, exam_type=ExamType.PROCTORED, **more)  # type: ignore[arg-type]


def test_the_reason_is_told_apart() -> None:
    with pytest.raises(NotEntitled, match="operator"):
        ensure_may_decide(Role.OPERATOR, PASS, context())
    with pytest.raises(NotEntitled, match="lies with support"):
        ensure_may_decide(TEAM, PASS, context(review_owner=ReviewOwner.SUPPORT))
    with pytest.raises(IllegalMove):
        ensure_may_decide(TEAM, PASS, context(S.SUBMITTED))
    with pytest.raises(IllegalMove):
        ensure_may_decide(SUPPORT, ESCALATE, context(S.VERIFIED))
    with pytest.raises(AttemptArchived):
        ensure_may_decide(TEAM, PASS, context(live=False))


def test_the_course_team_reverts_what_support_decided() -> None:
    decided = context(S.REJECTED, decided_role=SUPPORT, review_owner=ReviewOwner.SUPPORT)
    ensure_may_decide(TEAM, PASS, decided)
    assert is_revert(PASS, decided)
    assert not is_revert(FAIL, decided)
    assert not is_revert(PASS, context(S.REJECTED))


def test_support_does_not_revert_the_course_team() -> None:
    with pytest.raises(NotEntitled, match="own decisions"):
        ensure_may_decide(SUPPORT, PASS, context(S.REJECTED, decided_role=TEAM))


def test_outcomes() -> None:
    assert outcome_of(PASS, context()) is S.VERIFIED
    assert outcome_of(FAIL, context()) is S.REJECTED
    assert outcome_of(ESCALATE, context()) is None


def test_a_name_in_a_callback_counts_only_for_the_team_and_not_in_supports_queue() -> None:
    mine = context(review_owner=ReviewOwner.COURSE_TEAM)
    theirs = context(review_owner=ReviewOwner.SUPPORT)
    assert counts_as_decision(mine, on_course_team=True)
    assert not counts_as_decision(mine, on_course_team=False)
    assert not counts_as_decision(theirs, on_course_team=True)
