"""How a running exam ends: by the learner, the clock, lost proctoring, a fault (§3, §10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from proctor_hub import AttemptRef, OnLoss, SessionEnded, SessionEntered, SessionFault
from proctor_hub.domain.errors import IllegalMove
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import learner, reading
from proctor_hub.services.attempts import sweep as sweeping
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.errors import Busy, Conflict
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage.records import AttemptRecord
from tests.services.attempts.world import COURSE, World, assert_explained
from tests.support import LMS, START

S = AttemptStatus


def test_without_a_stop_call_the_end_is_submitted_in_the_same_transaction(world: World) -> None:
    record = world.attempt(S.STARTED)
    assert world.act(record, A.SUBMIT).status is S.SUBMITTED
    assert world.event_types(record)[-2:] == ["completed", "submitted"]
    assert world.notices(record) == ["session_started"]


def test_with_a_stop_call_submitted_waits_for_the_vendor(stopping: World) -> None:
    record = stopping.attempt(S.STARTED)
    assert stopping.act(record, A.SUBMIT).status is S.COMPLETED
    assert stopping.event_types(record)[-1] == "completed"
    assert stopping.notices(record) == ["session_started", "session_stopped"]
    for _ in range(2):
        stopping.accept_stop(record)
        assert stopping.fresh(record).status is S.SUBMITTED
    assert stopping.event_types(record)[-2:] == ["completed", "submitted"]
    assert_explained(stopping, record)


def test_a_timed_exam_is_submitted_at_once_whatever_vendors_want(stopping: World) -> None:
    record = stopping.attempt(S.SUBMITTED, ExamType.TIMED)
    assert stopping.event_types(record) == ["created", "started", "completed", "submitted"]
    with pytest.raises(IllegalMove):
        stopping.act(record, A.FAULT)


def look(world: World, record: AttemptRecord) -> None:
    reading.get(world.hub, LMS, record.code)


def ask_for_banner(world: World, record: AttemptRecord) -> None:
    assert reading.active(world.hub, LMS, "ada") is None


def submit_late(world: World, record: AttemptRecord) -> None:
    with pytest.raises(IllegalMove):
        world.act(record, A.SUBMIT)


def go_back_late(world: World, record: AttemptRecord) -> None:
    with pytest.raises(Conflict):
        world.act(record, A.GO_BACK)


def ping(world: World, record: AttemptRecord) -> None:
    world.act(record, A.PING, source_address="192.0.2.1")


def run_sweep(world: World, record: AttemptRecord) -> None:
    assert sweep(world.hub) == 1
    assert sweep(world.hub) == 0


def call_back(world: World, record: AttemptRecord) -> None:
    world.ready(record)


ACCESSES = [look, ask_for_banner, submit_late, go_back_late, ping, run_sweep, call_back]


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize("course_end", [False, True], ids=["own time", "course end"])
def test_the_clock_has_the_same_result_whoever_looks(
    world: World, access: Callable[[World, AttemptRecord], None], course_end: bool
) -> None:
    record = world.attempt(S.STARTED)
    ended = START + timedelta(minutes=60)
    if course_end:
        # moved forward while the exam runs, so that it comes before the exam's own deadline
        ended = START + timedelta(minutes=40)
        world.set_course(COURSE, ends_at=ended)
    world.clock.move(minutes=70)
    access(world, record)
    after = world.fresh(record)
    assert (after.status, after.completed_at) == (S.SUBMITTED, ended)
    assert world.event_types(record)[3:] == ["timed_out", "submitted"]
    by_clock = [line for line in world.history(record) if line.to_status is S.TIMED_OUT]
    assert [line.role for line in by_clock] == ["clock"]
    assert_explained(world, record)


def test_a_timed_out_session_is_told_to_the_vendor(stopping: World) -> None:
    record = stopping.attempt(S.TIMED_OUT)
    assert stopping.notices(record)[-1] == "session_stopped"
    stopping.accept_stop(record)
    assert stopping.fresh(record).status is S.SUBMITTED


@pytest.mark.parametrize("by_course_end", [False, True])
def test_what_was_not_started_in_time_expires_in_the_sweep(
    world: World, by_course_end: bool
) -> None:
    exam = world.exam(due_at=None if by_course_end else START + timedelta(minutes=5))
    record = world.created(exam)
    if by_course_end:
        world.set_course(COURSE, ends_at=START + timedelta(minutes=5))
    fine = world.created(world.exam(due_at=START + timedelta(hours=5)), "bob")
    world.clock.move(minutes=5)
    assert sweep(world.hub) == (2 if by_course_end else 1)
    assert world.fresh(record).status is S.EXPIRED
    assert world.fresh(fine).status is (S.EXPIRED if by_course_end else S.CREATED)
    assert world.event_types(record) == ["created", "expired"]


def test_one_attempt_that_fails_does_not_keep_the_clock_from_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.attempt(S.STARTED), world.attempt(S.STARTED, user_id="bob")
    world.clock.move(minutes=60)
    real = sweeping.enforce_clock

    def failing(hub: Hub, tr: Transition) -> bool:
        if tr.record.id == bad.id:
            raise Busy("somebody else has it")
        return real(hub, tr)

    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "enforce_clock", failing)
        assert sweep(world.hub) == 1
    assert world.fresh(bad).status is S.STARTED
    assert world.fresh(good).status is S.SUBMITTED
    assert sweep(world.hub) == 1


@pytest.mark.parametrize("event", [SessionEnded, SessionEntered])
@pytest.mark.parametrize("status", [S.STARTED, S.READY_TO_SUBMIT])
def test_ended_proctoring_and_reentry_submit_the_exam_as_it_stands(
    world: World, status: AttemptStatus, event: type[SessionEnded] | type[SessionEntered]
) -> None:
    record = world.attempt(status)
    assert world.say(event(attempt=AttemptRef(external_id=record.external_id))) == 200
    assert world.event_types(record)[3:] == ["completed", "submitted"]
    assert_explained(world, record)
    # and a second time nothing happens: no second start
    assert world.say(event(attempt=AttemptRef(external_id=record.external_id))) == 200
    assert world.fresh(record).status is S.SUBMITTED


def test_entering_before_the_start_is_ready(world: World) -> None:
    record = world.created()
    world.say(SessionEntered(attempt=AttemptRef(attempt_code=record.code)))
    assert world.fresh(record).status is S.READY_TO_START


def test_the_heartbeats_loss_submits_or_errs_as_the_plugin_declares(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.vendor().on_loss = OnLoss.ERROR
    lost = world.act(record, A.PROCTORING_LOST, detail="no answer\0for 30 s")
    assert lost.status is S.ERROR
    assert "no answer" in world.history(record)[-1].reason
    assert world.notices(record) == ["session_started", "session_errored"]
    world.vendor().on_loss = OnLoss.SUBMIT
    assert world.act(world.attempt(S.STARTED), A.PROCTORING_LOST).status is S.SUBMITTED
    world.vendor().broken = {"heartbeat_plan"}
    assert world.act(world.attempt(S.STARTED), A.PROCTORING_LOST).status is S.SUBMITTED


@pytest.mark.parametrize("status", [S.READY_TO_START, S.STARTED, S.SUBMITTED])
def test_a_vendors_fault_is_an_error_and_is_not_told_back(
    world: World, status: AttemptStatus
) -> None:
    record = world.attempt(status)
    before = world.notices(record)
    world.say(SessionFault(attempt=AttemptRef(external_id=record.external_id), reason="no power"))
    assert world.fresh(record).status is S.ERROR
    assert world.notices(record) == before
    assert world.event_types(record)[-1] == "errored"


def test_a_fault_keeps_the_time_that_was_left(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.clock.move(minutes=25)
    assert world.act(record, A.FAULT, detail="camera").seconds_left == 35 * 60


def test_the_learners_ping_is_kept_and_moves_nothing(world: World) -> None:
    record = world.attempt(S.STARTED)
    world.act(record, A.PING, source_address="192.0.2.9")
    after = world.fresh(record)
    assert (after.last_poll_ip, after.status) == ("192.0.2.9", S.STARTED)
    assert len(world.history(record)) == 3


def test_the_active_attempt_is_the_running_one_of_any_course(world: World) -> None:
    assert reading.active(world.hub, LMS, "sue") is None
    record = world.attempt(S.STARTED)
    found = reading.active(world.hub, LMS, "ada")
    assert found is not None and found.code == record.code
    learner.act(world.hub, LMS, record.code, A.SUBMIT)
    assert reading.active(world.hub, LMS, "ada") is None


def test_a_learners_look_at_their_running_attempt_is_a_status_poll(world: World) -> None:
    record = world.attempt(S.STARTED)
    for actor in (LMS, world.prof):
        reading.get(world.hub, actor, record.code, source_address="192.0.2.1")
    assert world.fresh(record).last_poll_at is None
    reading.get(world.hub, world.learner("ada"), record.code, source_address="192.0.2.9")
    after = world.fresh(record)
    assert (after.last_poll_at, after.last_poll_ip) == (world.hub.now(), "192.0.2.9")
    assert after.version == record.version
