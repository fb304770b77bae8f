"""Decisions: who, when, what they replace; escalation and revert; the queues (§2, §5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proctor_hub.domain.errors import AttemptArchived, IllegalMove, NotEntitled
from proctor_hub.domain.words import AttemptStatus, ExamType, ReviewOwner, Role
from proctor_hub.services import people
from proctor_hub.services.attempts import staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.decisions import DecisionWord, decide, list_decisions
from proctor_hub.services.errors import Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Actor
from proctor_hub.services.queues import second_reviews
from proctor_hub.storage import tables as t
from proctor_hub.storage.records import AttemptRecord
from tests.services.attempts.world import COURSE, World, a_world, assert_explained
from tests.support import LMS, OPERATOR

S = AttemptStatus
T = ExamType
W = DecisionWord
TEAM, SUPPORT = ReviewOwner.COURSE_TEAM, ReviewOwner.SUPPORT


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Suspicious reviews go to the course team."""
    with a_world(database_url) as world:
        yield world


@pytest.fixture
def supported(database_url: str) -> Iterator[World]:
    """Suspicious reviews go to support."""
    with a_world(database_url, vendors={"acme": {"second_review_owner": "support"}}) as world:
        yield world


def made(world: World, actor: Actor, record: AttemptRecord, *words: DecisionWord) -> AttemptRecord:
    for word in words:
        decide(world.hub, actor, record.code, word, reason=f"{actor.id} says {word}")
    return world.fresh(record)


@pytest.mark.parametrize(("word", "status"), [(W.PASS, S.VERIFIED), (W.FAIL, S.REJECTED)])
def test_the_team_decides_its_second_reviews_and_reverts(
    world: World, word: DecisionWord, status: AttemptStatus
) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    after = made(world, world.prof, record, word)
    assert (after.status, after.decided_role) == (status, Role.COURSE_TEAM)
    reverted = made(world, world.prof, record, W.REVERT)
    assert {after.status, reverted.status} == {S.VERIFIED, S.REJECTED}
    first, second = list_decisions(world.hub, world.prof, record.code).items
    assert (first.replaces_id, second.replaces_id) == (None, first.id)
    assert (first.from_status, first.to_status) == (S.SECOND_REVIEW_REQUIRED, status)
    assert first.reason == f"prof says {word}"
    assert_explained(world, record)


def test_support_decides_or_escalates_what_lies_with_it(supported: World) -> None:
    world = supported
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    with pytest.raises(NotEntitled):
        made(world, world.prof, record, W.PASS)
    after = made(world, world.sue, record, W.ESCALATE)
    assert (after.status, after.review_owner) == (S.SECOND_REVIEW_REQUIRED, TEAM)
    assert (after.decided, world.event_types(record)[-1]) == (False, "escalated")
    for word in (W.PASS, W.FAIL, W.ESCALATE):
        with pytest.raises(NotEntitled):
            made(world, world.sue, record, word)
    # asked for again, it stays where it was escalated to
    world.review(record, "suspicious", incidents=[{"text": "again", "status": "Suspicious"}])
    assert world.fresh(record).review_owner is TEAM
    assert made(world, world.prof, record, W.FAIL).status is S.REJECTED
    with pytest.raises(NotEntitled):
        made(world, world.sue, record, W.REVERT)
    assert_explained(world, record)


def test_support_reverts_its_own_and_the_team_reverts_any(supported: World) -> None:
    world = supported
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    assert made(world, world.sue, record, W.FAIL, W.REVERT).status is S.VERIFIED
    after = made(world, world.prof, record, W.REVERT)
    assert (after.status, after.decided_role) == (S.REJECTED, Role.COURSE_TEAM)


def test_the_team_may_fail_a_verified_attempt_that_nobody_decided(world: World) -> None:
    record = world.attempt(S.VERIFIED)
    assert made(world, world.prof, record, W.FAIL).status is S.REJECTED
    machine = world.attempt(S.REJECTED)
    with pytest.raises(NotEntitled):
        made(world, world.prof, machine, W.REVERT)
    with pytest.raises(NotEntitled):
        made(world, world.sue, world.attempt(S.VERIFIED), W.FAIL)


def test_an_error_is_decided_by_the_team(world: World) -> None:
    record = world.attempt(S.ERROR)
    with pytest.raises(NotEntitled):
        made(world, world.sue, record, W.PASS)
    assert made(world, world.prof, record, W.PASS).status is S.VERIFIED


UNDECIDABLE = [
    (T.PROCTORED, S.CREATED),
    (T.PROCTORED, S.STARTED),
    (T.PROCTORED, S.SUBMITTED),
    (T.PROCTORED, S.DECLINED),
    (T.PROCTORED, S.EXPIRED),
    (T.PRACTICE, S.SUBMITTED),
    (T.PRACTICE, S.ERROR),
    (T.TIMED, S.SUBMITTED),
]


@pytest.mark.parametrize(("exam_type", "status"), UNDECIDABLE)
def test_nobody_decides_elsewhere(world: World, exam_type: ExamType, status: AttemptStatus) -> None:
    record = world.attempt(status, exam_type)
    for word in W:
        for actor in (world.prof, world.sue):
            with pytest.raises((IllegalMove, NotEntitled)):
                made(world, actor, record, word)
    assert world.fresh(record).status is status
    assert list_decisions(world.hub, world.prof, record.code).items == ()


def test_the_same_decision_twice_is_refused(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    made(world, world.prof, record, W.PASS)
    with pytest.raises(IllegalMove):
        made(world, world.prof, record, W.PASS)
    assert len(list_decisions(world.hub, world.prof, record.code).items) == 1


def test_who_decides_nothing(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    world.set_course("other")
    foreign = world.person("foreign", Role.COURSE_TEAM)
    people.add_team_member(world.hub, LMS, course_id="other", user_id="foreign")
    operator = world.person("olga", Role.OPERATOR)
    people.grant_staff(world.hub, OPERATOR, user_id="olga", role=Role.OPERATOR)
    pretender = Actor(role=Role.COURSE_TEAM, id="prof")
    for actor in (world.learner("ada"), foreign, operator, OPERATOR, LMS, pretender):
        with pytest.raises((NotFound, Forbidden)):
            made(world, actor, record, W.PASS)
    assert world.fresh(record).status is S.SECOND_REVIEW_REQUIRED


def test_a_decision_needs_a_reason_and_a_live_attempt(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    for reason in ("", " \n", "x" * 4001):
        with pytest.raises(Invalid):
            decide(world.hub, world.prof, record.code, W.PASS, reason=reason)
    staff.reset(world.hub, world.prof, record.code, reason="x")
    with pytest.raises(AttemptArchived):
        made(world, world.prof, record, W.PASS)


def test_a_decision_clears_the_flag_and_sets_the_label(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.review(record, "suspicious", incidents=[{"text": "p", "status": "Suspicious"}])
    world.act(record, A.SUBMIT)
    assert world.fresh(record).flagged
    after = made(world, world.prof, record, W.PASS)
    assert (after.flagged, after.review_label) == (False, "Rules Violation")
    assert made(world, world.prof, record, W.REVERT).review_label == "Suspicious"


def test_queues_show_each_its_own(supported: World) -> None:
    world = supported
    first, second, third = (
        world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=user) for user in ("ada", "bob", "eve")
    )
    made(world, world.sue, second, W.ESCALATE)
    staff.reset(world.hub, world.prof, third.code, reason="x")

    def codes(actor: Actor, owner: ReviewOwner, course: str | None = None) -> list[str]:
        page = second_reviews(world.hub, actor, owner, course_id=course)
        return [item.record.code for item in page.items]

    assert codes(world.sue, SUPPORT) == codes(world.sue, SUPPORT, COURSE) == [first.code]
    assert codes(world.sue, TEAM) == codes(world.prof, TEAM, COURSE) == [second.code]
    for actor, owner, course in [
        (world.prof, SUPPORT, COURSE),
        (world.prof, TEAM, None),
        (OPERATOR, TEAM, None),
        (world.learner("ada"), TEAM, COURSE),
        (world.prof, TEAM, "nowhere"),
    ]:
        with pytest.raises((Forbidden, NotFound)):
            codes(actor, owner, course)


def test_the_vendor_is_told_of_decisions_made_here_and_only_of_those(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    made(world, world.prof, record, W.FAIL, W.REVERT)
    mine = t.outbox.c.kind == "session_decided"
    kinds = [row.payload["kind"] for row in world.rows(t.outbox, mine)]
    assert kinds == ["fail", "pass"]
    world.review(record, "suspicious", reviewed_by="prof@uni.example")
    assert world.fresh(record).status is S.REJECTED
    assert len(world.rows(t.outbox, mine)) == 2, "the vendor's own dashboard said so"


def test_a_vendor_without_the_call_is_not_told(database_url: str) -> None:
    without = {"acme": {"capabilities": ["exam_sync", "session_notices"]}}
    with a_world(database_url, vendors=without) as world:
        record = world.attempt(S.SECOND_REVIEW_REQUIRED)
        made(world, world.prof, record, W.PASS)
        assert world.rows(t.outbox, t.outbox.c.kind == "session_decided") == []
