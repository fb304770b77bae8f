"""Reset, resume, retry: archived, never deleted, never moved again (§2, §3, §7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proctor_hub import AttemptRef, SessionFault, SessionReady
from proctor_hub.domain.errors import AttemptArchived, PastDue, ResumeRefused, RetryRefused
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import launch, staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.storage import tables as t
from proctor_hub.storage.records import AttemptRecord
from tests.services.attempts.world import COURSE, World, assert_explained
from tests.support import LMS, OPERATOR, START

S = AttemptStatus
T = ExamType
ANY = [S.CREATED, S.STARTED, S.SUBMITTED, S.VERIFIED, S.REJECTED, S.DECLINED, S.EXPIRED, S.ERROR]


def launched(world: World, record: AttemptRecord) -> AttemptRecord:
    return launch.launch(world.hub, LMS, record.code, "en").record


@pytest.mark.parametrize("status", ANY)
def test_a_reset_archives_and_begins_anew_from_any_status(
    world: World, status: AttemptStatus
) -> None:
    old = world.attempt(status)
    events = len(world.events(old))
    new = staff.reset(world.hub, world.prof, old.code, reason="power cut").record
    archived = world.fresh(old)
    assert (archived.status, archived.live) == (status, False)
    assert (new.number, new.status, new.external_id) == (2, S.CREATED, None)
    assert new.code != old.code
    told = world.events(old)[events:]
    assert [row.kind for row in told] == ["reset", "created"]
    effects = ["clear_answers", "undo_override", "clear_credit_requirement"]
    assert told[0].payload["effects"] == effects
    assert [row.payload["attempt_number"] for row in told] == [1, 2]
    assert "power cut" in world.history(old)[-1].reason
    assert_explained(world, old)
    assert_explained(world, new)
    with pytest.raises(AttemptArchived):
        staff.reset(world.hub, world.prof, old.code, reason="twice")


def test_nothing_addressed_to_the_old_session_touches_the_new_one(world: World) -> None:
    old = world.attempt(S.STARTED)
    new = launched(world, staff.reset(world.hub, world.prof, old.code, reason="x").record)
    before = len(world.events(old))
    ref = AttemptRef(external_id=old.external_id)
    assert [world.say(SessionReady(attempt=ref)), world.say(SessionFault(attempt=ref))] == [200] * 2
    assert world.review(old, "suspicious") == 200
    world.accept_stop(old)
    assert world.fresh(old).status is S.STARTED
    assert world.fresh(new).status is S.CREATED
    assert len(world.events(old)) == before
    assert len(world.reviews(old)) == 1
    assert (world.fresh(old).flagged, world.fresh(old).review_status) == (True, "suspicious")
    assert {row.outcome for row in world.callbacks()[1:]} == {"stored"}
    assert world.notices(old)[-1] == "session_removed"


def test_a_resume_inherits_the_time_left_and_keeps_answers(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.clock.move(minutes=20)
    world.say(SessionFault(attempt=AttemptRef(external_id=record.external_id)))
    world.clock.move(hours=5)
    new = staff.resume(world.hub, world.sue, record.code, reason="go on").record
    told = world.events(record)[-2:]
    assert [row.kind for row in told] == ["resumed", "created"]
    assert told[0].payload["effects"] == ["reopen_keep_answers"]
    new = launched(world, new)
    sent = world.vendor().told[-1].arguments["attempt"]
    assert sent.allowed_minutes == 40  # type: ignore[attr-defined]
    world.ready(new)
    started = world.act(new, A.START)
    assert started.allowed_seconds == 40 * 60
    assert started.deadline_at == world.hub.now() + timedelta(minutes=40)


def test_time_left_survives_a_second_fault_before_the_start(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.clock.move(minutes=50)
    world.act(record, A.FAULT)
    second = launched(world, staff.resume(world.hub, world.prof, record.code, reason="1").record)
    world.act(second, A.FAULT)
    third = launched(world, staff.resume(world.hub, world.prof, second.code, reason="2").record)
    world.ready(third)
    assert world.act(third, A.START).allowed_seconds == 10 * 60


def test_an_error_before_the_start_leaves_the_full_time(world: World) -> None:
    record = world.attempt(S.READY_TO_START)
    world.act(record, A.FAULT)
    new = launched(world, staff.resume(world.hub, world.prof, record.code, reason="1").record)
    world.ready(new)
    assert world.act(new, A.START).allowed_seconds == 3600


@pytest.mark.parametrize("status", [S.CREATED, S.STARTED, S.SUBMITTED, S.VERIFIED, S.EXPIRED])
def test_resuming_works_from_error_only(world: World, status: AttemptStatus) -> None:
    record = world.attempt(status)
    with pytest.raises(ResumeRefused):
        staff.resume(world.hub, world.prof, record.code, reason="x")
    assert world.fresh(record).live


def test_who_resets_and_resumes(world: World) -> None:
    record = world.attempt(S.ERROR)
    outsider = world.person("other-prof")
    world.set_course("other")
    for stranger in (outsider, world.learner("bob"), OPERATOR, LMS):
        with pytest.raises((Forbidden, NotFound)):
            staff.reset(world.hub, stranger, record.code, reason="x")
        with pytest.raises((Forbidden, NotFound)):
            staff.resume(world.hub, stranger, record.code, reason="x")
    assert world.fresh(record).live
    staff.resume(world.hub, world.sue, record.code, reason="x")
    assert world.history(record)[-1].role == "support"


def test_past_due_a_new_due_date_is_needed_and_holds_for_this_learner(world: World) -> None:
    exam = world.exam(due_at=START + timedelta(hours=1))
    record = world.attempt(S.SUBMITTED, exam=exam)
    world.clock.move(hours=2)
    with pytest.raises(PastDue):
        staff.reset(world.hub, world.prof, record.code, reason="x")
    with pytest.raises(PastDue):
        staff.reset(world.hub, world.prof, record.code, reason="x", due_at=START)
    later = START + timedelta(hours=2, minutes=30)
    new = staff.reset(world.hub, world.prof, record.code, reason="x", due_at=later).record
    assert world.fresh(new).effective_due_at == later
    new = launched(world, new)
    world.ready(new)
    assert world.act(new, A.START).allowed_seconds == 30 * 60
    world.act(new, A.SUBMIT)
    again = staff.reset(world.hub, world.prof, new.code, reason="y").record
    assert again.due_at == later
    world.set_course(COURSE, ends_at=world.hub.now())
    with pytest.raises(PastDue):
        staff.reset(world.hub, world.prof, again.code, reason="x", due_at=START + timedelta(days=9))


RETRIES = [
    (T.PRACTICE, S.SUBMITTED, True),
    (T.PRACTICE, S.ERROR, True),
    (T.PRACTICE, S.STARTED, False),
    (T.ONBOARDING, S.REJECTED, True),
    (T.ONBOARDING, S.ERROR, True),
    (T.ONBOARDING, S.SUBMITTED, False),
    (T.ONBOARDING, S.VERIFIED, False),
    (T.PROCTORED, S.REJECTED, False),
    (T.TIMED, S.SUBMITTED, False),
]


@pytest.mark.parametrize(("exam_type", "status", "may"), RETRIES)
def test_what_a_learner_retries_alone(
    world: World, exam_type: ExamType, status: AttemptStatus, may: bool
) -> None:
    record = world.attempt(status, exam_type)
    ada = world.learner("ada")
    if not may:
        with pytest.raises(RetryRefused):
            staff.retry(world.hub, ada, record.code)
        assert world.fresh(record).live
        return
    new = staff.retry(world.hub, ada, record.code).record
    assert (new.number, new.status) == (2, S.CREATED)
    assert not world.fresh(record).live
    with pytest.raises(NotFound):
        staff.retry(world.hub, world.learner("bob"), new.code)


def test_the_sequence_of_a_learners_events_goes_on_over_attempts(world: World) -> None:
    record = world.attempt(S.VERIFIED)
    new = staff.reset(world.hub, world.prof, record.code, reason="x").record
    newer = staff.reset(world.hub, world.prof, new.code, reason="y").record
    events = world.events(newer)
    numbers = [row.payload["sequence"] for row in events]
    assert numbers == sorted(set(numbers))
    assert [row.id for row in events] == sorted(row.id for row in events)
    assert [row.kind for row in events][-4:] == ["reset", "created", "reset", "created"]
    assert len(world.rows(t.attempts)) == 3
