"""Reviews: repeated, revised, late, early, out of order, named (§4, §5)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from proctor_hub import AttemptRef, Incident, ReviewReceived, ReviewStatus
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.errors import HookRaised
from proctor_hub.services import review_lists
from proctor_hub.services.attempts import staff
from proctor_hub.services.attempts.held import apply_held_reviews
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.attempts.learner import act
from proctor_hub.services.decisions import DecisionWord, decide, list_decisions
from proctor_hub.services.errors import Forbidden
from proctor_hub.storage import tables as t
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.testing.fake_vendor import review_body
from proctor_hub.vendors.facade import Vendor
from tests.plans import plan
from tests.services.attempts.world import World, assert_explained
from tests.support import LMS, OPERATOR

S = AttemptStatus
T = ExamType
MUSIC = {"start": 5, "stop": 9, "duration": 4, "text": "music", "status": "Rules_Violation"}
PHONE = {"start": 50, "stop": 60, "duration": 10, "text": "=phone", "status": "suspicious"}

VERDICTS = [
    ("passed", S.VERIFIED, "Clean"),
    ("violation", S.VERIFIED, "Rules Violation"),
    ("suspicious", S.SECOND_REVIEW_REQUIRED, "Suspicious"),
    ("not_reviewed", S.SUBMITTED, "Not Reviewed"),
]


@pytest.mark.parametrize(("review", "status", "label"), VERDICTS)
def test_what_a_review_causes(world: World, review: str, status: AttemptStatus, label: str) -> None:
    record = world.attempt(S.SUBMITTED)
    assert world.review(record, review, incidents=[MUSIC, PHONE, PHONE]) == 200
    after = world.fresh(record)
    assert (after.status, after.review_label, after.flagged) == (status, label, False)
    assert (after.suspicious_count, after.suspicious_comments) == (2, "=phone;=phone")
    assert (after.violation_count, after.violation_comments, after.incident_count) == (
        1,
        "music",
        3,
    )
    (revision,) = review_lists.list_revisions(world.hub, world.prof, record.code).items
    assert [item.status for item in revision.incidents][:2] == ["Rules Violation", "Suspicious"]
    assert_explained(world, record)


@pytest.mark.parametrize("status", [S.COMPLETED, S.TIMED_OUT])
def test_a_review_of_a_stopped_attempt_is_the_confirmation(
    stopping: World, status: AttemptStatus
) -> None:
    record = stopping.attempt(status)
    assert stopping.review(record) == 200
    assert stopping.event_types(record)[-2:] == ["submitted", "verified"]
    stopping.accept_stop(record)
    assert stopping.fresh(record).status is S.VERIFIED
    assert_explained(stopping, record)


@pytest.mark.parametrize("status", [S.COMPLETED, S.TIMED_OUT])
def test_not_reviewed_confirms_nothing(stopping: World, status: AttemptStatus) -> None:
    record = stopping.attempt(status)
    stopping.review(record, "not_reviewed")
    assert stopping.fresh(record).status is status


def test_the_same_review_again_changes_nothing(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    answers = [world.review(record, "suspicious", incidents=[PHONE]) for _ in range(3)]
    after = world.fresh(record)
    assert (answers, after.revision, after.suspicious_count) == ([200] * 3, 1, 1)
    assert len(world.reviews(record)) == 1
    assert [row.outcome for row in world.callbacks()[1:]] == ["applied", "unchanged", "unchanged"]
    assert world.event_types(record).count("second_review_required") == 1


def test_revised_reviews_move_it_while_nobody_has_decided(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    seen = []
    for text, review in [
        ("a", "suspicious"),
        ("b", "passed"),
        ("c", "suspicious"),
        ("d", "passed"),
    ]:
        world.review(record, review, incidents=[{**PHONE, "text": text}])
        seen.append(world.fresh(record).status)
    second = S.SECOND_REVIEW_REQUIRED
    assert seen == [second, S.VERIFIED, second, S.VERIFIED]
    assert [row.revision for row in world.reviews(record)] == [1, 2, 3, 4]
    assert_explained(world, record)


def test_a_repeat_of_an_older_review_is_stored_and_flagged(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    for review in ("suspicious", "passed", "suspicious"):
        assert world.review(record, review) == 200
    after = world.fresh(record)
    assert (after.status, after.flagged, after.revision) == (S.VERIFIED, True, 3)
    assert [row.flagged for row in world.reviews(record)] == [False, False, True]


def test_a_repeat_with_an_entitled_name_is_a_decision_and_applied(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    seen = []
    for review in ("suspicious", "passed", "suspicious"):
        world.review(record, review, reviewed_by="PROF@uni.EXAMPLE")
        seen.append(world.fresh(record).status)
    assert seen == [S.REJECTED, S.VERIFIED, S.REJECTED]
    decisions = list_decisions(world.hub, world.prof, record.code).items
    assert [(item.kind, item.user_id, item.role) for item in decisions] == [
        ("fail", "prof", "course_team"),
        ("pass", "prof", "course_team"),
        ("fail", "prof", "course_team"),
    ]
    assert {item.reason for item in decisions} == {"decided in the vendor's dashboard"}
    ids = [item.id for item in decisions]
    assert [item.replaces_id for item in decisions] == [None, *ids[:-1]]
    assert_explained(world, record)


@pytest.mark.parametrize("name", ["sue@Uni.example", "nobody@Uni.example", " ", "x\0y"])
def test_a_name_that_is_not_on_the_team_does_not_count(world: World, name: str) -> None:
    record = world.attempt(S.SUBMITTED)
    assert world.review(record, "suspicious", reviewed_by=name) == 200
    after = world.fresh(record)
    assert (after.status, after.decided, after.flagged) == (S.SECOND_REVIEW_REQUIRED, False, True)


def test_a_name_counts_in_any_case_beyond_ascii_and_only_in_its_course(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    world.review(record, "suspicious", reviewed_by=" prof@uni.example ")
    assert world.fresh(record).status is S.REJECTED
    world.set_course("other")
    world.learner("ada", course_id="other")
    foreign = world.attempt(S.SUBMITTED, exam=world.exam(course_id="other"))
    world.review(foreign, "suspicious", reviewed_by="prof@uni.example")
    assert world.fresh(foreign).status is S.SECOND_REVIEW_REQUIRED


def test_what_lies_with_support_is_not_decided_by_a_name(supported: World) -> None:
    record = supported.attempt(S.SECOND_REVIEW_REQUIRED)
    supported.review(record, "passed", reviewed_by="prof@uni.example")
    after = supported.fresh(record)
    assert (after.decided, after.flagged, after.status) == (False, True, S.VERIFIED)


def test_the_vendors_order_decides_over_arrival(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    world.review(record, "passed", order="2026-11-22T10:00:00Z", incidents=[MUSIC])
    world.review(record, "suspicious", order="2026-11-22T09:00:00Z")
    after = world.fresh(record)
    assert (after.status, after.revision, after.review_label) == (S.VERIFIED, 2, "Clean")
    assert after.violation_count == 1
    world.review(record, "suspicious", order="2026-11-22T11:00:00Z")
    assert world.fresh(record).status is S.SECOND_REVIEW_REQUIRED


EARLY = [S.CREATED, S.READY_TO_START, S.STARTED, S.READY_TO_SUBMIT]


@pytest.mark.parametrize("status", EARLY)
def test_an_early_review_is_held_and_applied_at_submitted(
    world: World, status: AttemptStatus
) -> None:
    record = world.attempt(status)
    assert world.review(record, "suspicious") == 200
    held = world.fresh(record)
    assert (held.status, held.held, held.flagged) == (status, True, True)
    if status in (S.CREATED, S.READY_TO_START):
        world.ready(record)
        world.act(record, A.START)
    world.act(record, A.SUBMIT)
    after = world.fresh(record)
    assert (after.status, after.held) == (S.SECOND_REVIEW_REQUIRED, False)
    assert world.event_types(record)[-3:] == ["completed", "submitted", "second_review_required"]
    assert len(world.reviews(record)) == 1
    assert_explained(world, record)


def test_held_reviews_are_applied_in_their_order_also_by_the_vendors_answer(
    stopping: World,
) -> None:
    record = stopping.attempt(S.STARTED)
    for review in ("suspicious", "passed"):
        stopping.review(record, review)
    stopping.act(record, A.SUBMIT)
    assert stopping.fresh(record).status is S.COMPLETED
    stopping.accept_stop(record)
    told = stopping.event_types(record)[-3:]
    assert told == ["submitted", "second_review_required", "verified"]
    assert stopping.fresh(record).review_label == "Clean"


def test_a_held_decision_of_the_team_counts_when_it_is_applied(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.review(record, "suspicious", reviewed_by="prof@uni.example")
    assert not world.fresh(record).decided
    world.act(record, A.SUBMIT)
    after = world.fresh(record)
    assert (after.status, after.decided) == (S.REJECTED, True)


def test_a_policy_that_breaks_does_not_keep_the_learner_from_submitting(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.review(record, "passed")
    world.vendor().broken = {"classify_review"}
    assert world.act(record, A.SUBMIT).status is S.SUBMITTED
    assert world.fresh(record).flagged
    assert_explained(world, record)


DEAD = [
    (T.PROCTORED, S.DECLINED),
    (T.PROCTORED, S.EXPIRED),
    (T.PROCTORED, S.ERROR),
    (T.PRACTICE, S.SUBMITTED),
]


@pytest.mark.parametrize("reviewed_by", [None, "prof@uni.example"])
@pytest.mark.parametrize(("exam_type", "status"), DEAD)
def test_where_no_review_moves_it_is_stored_and_flagged(
    world: World, exam_type: ExamType, status: AttemptStatus, reviewed_by: str | None
) -> None:
    record = world.attempt(status, exam_type)
    assert world.review(record, "suspicious", reviewed_by=reviewed_by) == 200
    after = world.fresh(record)
    assert (after.status, after.flagged, after.decided) == (status, True, False)
    assert len(world.reviews(record)) == 1


@pytest.mark.parametrize("review", ["passed", "suspicious"])
def test_a_review_after_a_decision_is_flagged_and_a_later_decision_wins(
    world: World, review: str
) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    decide(world.hub, world.prof, record.code, DecisionWord.FAIL, reason="a phone")
    before = world.event_types(record)
    world.review(record, review, incidents=[MUSIC])
    after = world.fresh(record)
    assert (after.status, after.flagged, after.review_label) == (S.REJECTED, True, "Suspicious")
    assert world.event_types(record) == before
    world.review(record, "violation", incidents=[MUSIC], reviewed_by="prof@uni.example")
    after = world.fresh(record)
    assert (after.status, after.flagged, after.review_label) == (
        S.VERIFIED,
        False,
        "Rules Violation",
    )


def test_a_failing_onboarding_review_rejects_at_once(world: World) -> None:
    record = world.attempt(S.SUBMITTED, T.ONBOARDING)
    world.review(record, "suspicious")
    assert world.fresh(record).status is S.REJECTED
    world.review(record, "passed")
    assert world.fresh(record).status is S.VERIFIED


def test_two_reviews_of_one_attempt_in_one_call_are_two_revisions(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    ref = AttemptRef(external_id=record.external_id)
    first = ReviewReceived(attempt=ref, status=ReviewStatus.SUSPICIOUS)
    second = ReviewReceived(attempt=ref, status=ReviewStatus.PASSED)
    assert world.say(first, second) == 200
    assert world.fresh(record).status is S.VERIFIED
    assert [row.status for row in world.reviews(record)] == ["suspicious", "passed"]
    assert len({row.callback_pk for row in world.reviews(record)}) == 1
    assert len(world.callbacks()) == 2


def test_what_no_database_can_hold_costs_no_verdict(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    odd = Incident(
        start=float("nan"), duration=float("inf"), text="a\0b\ud800", status="Suspicious"
    )
    review = ReviewReceived(
        attempt=AttemptRef(external_id=record.external_id),
        status=ReviewStatus.VIOLATION,
        incidents=(odd,),
        comment="c\0",
        vendor_status="\udfff",
        video_url="https://video.example/secret",
    )
    assert world.say(review) == 200
    assert world.fresh(record).status is S.VERIFIED
    (shown,) = review_lists.list_revisions(world.hub, world.sue, record.code).items
    assert shown.incidents[0].text == "a\ufffdb?"
    assert shown.incidents[0].start is None
    assert shown.video_url == "https://video.example/secret"
    assert b"video.example" not in world.reviews(record)[0].video_url


def test_reviews_are_for_the_courses_staff(world: World) -> None:
    record = world.attempt(S.VERIFIED)
    for stranger in (world.learner("ada"), OPERATOR):
        with pytest.raises(Forbidden):
            review_lists.list_revisions(world.hub, stranger, record.code)


def archived_with(world: World) -> AttemptRecord:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    staff.reset(world.hub, world.prof, record.code, reason="x")
    return record


def test_an_archived_attempt_stores_and_shows_and_never_moves(world: World) -> None:
    record = archived_with(world)
    events = world.event_types(record)
    assert world.review(record, "passed", incidents=[MUSIC]) == 200
    assert world.review(record, "suspicious", reviewed_by="prof@uni.example") == 200
    after = world.fresh(record)
    assert (after.status, after.decided, after.flagged) == (S.SECOND_REVIEW_REQUIRED, False, True)
    assert len(review_lists.list_revisions(world.hub, world.prof, record.code).items) == 3
    assert world.event_types(record) == events


def test_a_broken_report_label_keeps_no_verdict_from_happening(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise HookRaised("report_label")

    record = world.attempt(S.STARTED)
    world.call(review_body("passed"), external_id=record.external_id)
    monkeypatch.setattr(Vendor, "report_label", broken)
    act(world.hub, LMS, record.code, A.SUBMIT)
    after = world.fresh(record)
    assert (after.status, after.review_label) == (S.VERIFIED, "Clean")


def test_once_the_policy_is_mended_the_held_review_is_applied_by_the_clock(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.review(record, "passed")
    world.vendor().broken = {"classify_review"}
    world.act(record, A.SUBMIT)
    lines = len(world.history(record))
    assert apply_held_reviews(world.hub) == 0, "still broken"
    assert len(world.history(record)) == lines, "and nothing is written each time"
    world.vendor().broken = set()
    assert apply_held_reviews(world.hub) == 1
    after = world.fresh(record)
    assert (after.status, after.held, after.review_label) == (S.VERIFIED, False, "Clean")
    assert world.event_types(record)[-2:] == ["submitted", "verified"]
    assert apply_held_reviews(world.hub) == 0
    assert_explained(world, record)


def test_looking_for_held_reviews_walks_no_table(world: World) -> None:
    world.attempt(S.SUBMITTED)
    with world.hub.database.snapshot() as conn:
        waiting = sa.text("held AND live AND status = 'submitted'")
        found = plan(conn, sa.select(t.attempts.c.id).where(waiting, t.attempts.c.id > 0), {})
    # PostgreSQL takes any of the indexes of a table that is next to empty.
    assert "ix_attempts_held" in found or "Index" in found
    assert "Seq Scan" not in found
