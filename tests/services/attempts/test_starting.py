"""The start: readiness, one exam at a time, time fixed with allowance and cut (§3, §7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from proctor_hub.domain.errors import (
    AnotherAttemptRunning,
    AttemptArchived,
    IllegalMove,
    NoTimeLeft,
    ReadinessLapsed,
)
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.attempts.reading import time_left
from tests.services.attempts.world import COURSE, World, assert_explained
from tests.support import START

S = AttemptStatus
VENDORS = [ExamType.PROCTORED, ExamType.PRACTICE, ExamType.ONBOARDING]


@pytest.mark.parametrize("exam_type", VENDORS)
def test_no_proctored_start_before_the_vendor_says_ready(world: World, exam_type: ExamType) -> None:
    record = world.created(world.exam(exam_type))
    for status in (S.CREATED, S.DOWNLOAD_SOFTWARE_CLICKED):
        with pytest.raises(IllegalMove):
            world.act(record, A.START)
        assert world.fresh(record).status is status
        if status is S.CREATED:
            world.act(record, A.DOWNLOAD_CLICKED)
    world.ready(record)
    assert world.act(record, A.START).status is S.STARTED


def test_a_timed_exam_starts_without_a_vendor(world: World) -> None:
    record = world.created(world.exam(ExamType.TIMED))
    assert (record.vendor, record.external_id) == (None, None)
    assert "register_attempt" not in world.vendor().hooks_told()
    with pytest.raises(IllegalMove):
        world.act(record, A.DOWNLOAD_CLICKED)
    assert world.act(record, A.START).status is S.STARTED
    assert world.notices(record) == []


def test_readiness_lapses_and_the_status_stays_until_ready_again(world: World) -> None:
    record = world.attempt(S.READY_TO_START)
    world.clock.move(minutes=30, seconds=1)
    with pytest.raises(ReadinessLapsed):
        world.act(record, A.START)
    assert world.fresh(record).status is S.READY_TO_START
    world.ready(record)
    assert world.act(record, A.START).started_at == START + timedelta(minutes=30, seconds=1)
    assert world.event_types(record) == ["created", "ready", "started"]
    assert world.notices(record) == ["session_started"]


TIMES: list[tuple[dict[str, Any], int | None, int]] = [
    ({}, None, 60),
    ({"additional_minutes": 15}, None, 75),
    ({"multiplier": Decimal("1.5")}, None, 90),
    ({"multiplier": Decimal("1.5"), "additional_minutes": 15}, None, 105),
    ({}, 45, 45),
    ({"additional_minutes": 60}, 90, 90),
    ({"policy_exception": "A nurse may enter."}, None, 60),
]


@pytest.mark.parametrize(("terms", "due_in", "minutes"), TIMES)
def test_time_is_fixed_at_the_start(
    world: World, terms: dict[str, Any], due_in: int | None, minutes: int
) -> None:
    world.learner()
    due = None if due_in is None else START + timedelta(minutes=due_in)
    exam = world.exam(due_at=due)
    record = world.attempt(S.READY_TO_START, exam=exam)
    if terms:
        world.allow(exam, **terms)
    started = world.act(record, A.START)
    assert started.allowed_seconds == minutes * 60
    assert started.deadline_at == START + timedelta(minutes=minutes)
    left = time_left(world.hub, started)
    assert left is not None
    assert (left.low_threshold, left.critical_threshold) == (minutes * 12, minutes * 3)
    world.clock.move(minutes=10)
    now = time_left(world.hub, world.fresh(record))
    assert now is not None and now.seconds == (minutes - 10) * 60


def test_the_course_end_cuts_before_a_later_due_date(world: World) -> None:
    record = world.attempt(S.READY_TO_START, exam=world.exam(due_at=START + timedelta(minutes=50)))
    world.set_course(COURSE, ends_at=START + timedelta(minutes=20))
    assert world.act(record, A.START).allowed_seconds == 20 * 60


@pytest.mark.parametrize("seconds", [0.5, 0.0, -60.0])
def test_no_time_left_expires_the_attempt_for_good_and_refuses(
    world: World, seconds: float
) -> None:
    exam = world.exam(due_at=START + timedelta(minutes=10))
    record = world.attempt(S.READY_TO_START, exam=exam)
    world.clock.move(minutes=10, seconds=-seconds)
    with pytest.raises(NoTimeLeft):
        world.act(record, A.START)
    assert world.fresh(record).status is S.EXPIRED
    assert world.event_types(record) == ["created", "ready", "expired"]
    assert_explained(world, record)
    with pytest.raises(NoTimeLeft):
        world.act(record, A.START)
    assert world.event_types(record) == ["created", "ready", "expired"]


def test_one_exam_runs_at_a_time_over_all_exams(world: World) -> None:
    running = world.attempt(S.STARTED)
    other = world.attempt(S.READY_TO_START)
    with pytest.raises(AnotherAttemptRunning) as refused:
        world.act(other, A.START)
    assert refused.value.attempt_code == running.code
    world.act(running, A.FINISH)
    with pytest.raises(AnotherAttemptRunning):
        world.act(other, A.START)
    world.act(running, A.SUBMIT)
    assert world.act(other, A.START).status is S.STARTED
    assert world.attempt(S.STARTED, user_id="bob").status is S.STARTED


def test_an_exam_whose_time_is_over_does_not_keep_the_learner_out(world: World) -> None:
    forgotten = world.attempt(S.STARTED)
    world.clock.move(minutes=60)
    other = world.attempt(S.STARTED)
    assert other.started_at == START + timedelta(minutes=60)
    assert world.event_types(forgotten)[-2:] == ["timed_out", "submitted"]
    assert_explained(world, forgotten)


def test_going_back_restarts_no_clock_and_tells_nobody(world: World) -> None:
    record = world.attempt(S.READY_TO_SUBMIT)
    before = world.fresh(record).deadline_at
    world.clock.move(minutes=31)
    for action in (A.GO_BACK, A.FINISH, A.START):
        world.act(record, action)
    after = world.fresh(record)
    assert (after.status, after.deadline_at) == (S.STARTED, before)
    assert world.event_types(record) == ["created", "ready", "started"]
    assert world.notices(record) == ["session_started"]


def test_an_archived_attempt_is_never_started(world: World) -> None:
    record = world.attempt(S.READY_TO_START)
    staff.reset(world.hub, world.prof, record.code, reason="again")
    with pytest.raises(AttemptArchived):
        world.act(record, A.START)
    assert world.fresh(record).status is S.READY_TO_START
