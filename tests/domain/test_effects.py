"""Events, effects, credit and mail (domain §5, §9)."""

from __future__ import annotations

import pytest

from proctor_hub.domain.effects import (
    CreditStatus,
    Effect,
    EventType,
    MailKind,
    escalation_event,
    events_for,
    mail_for,
    reset_event,
    resume_event,
)
from proctor_hub.domain.moves import MOVES
from proctor_hub.domain.words import AttemptStatus, ExamType

S = AttemptStatus
CLOSE = Effect.CLOSE_EXAM_SUBMIT_ANSWERS
SILENT_TARGETS = {
    S.DOWNLOAD_SOFTWARE_CLICKED,
    S.ONBOARDING_MISSING,
    S.ONBOARDING_PENDING,
    S.ONBOARDING_FAILED,
    S.ONBOARDING_EXPIRED,
    S.READY_TO_SUBMIT,
    S.CREATED,
}
EVENT_OF = {
    S.READY_TO_START: "ready",
    S.STARTED: "started",
    S.COMPLETED: "completed",
    S.TIMED_OUT: "timed_out",
    S.SUBMITTED: "submitted",
    S.SECOND_REVIEW_REQUIRED: "second_review_required",
    S.VERIFIED: "verified",
    S.REJECTED: "rejected",
    S.DECLINED: "declined",
    S.EXPIRED: "expired",
    S.ERROR: "errored",
}
CREDIT = {
    S.SUBMITTED: "submitted",
    S.VERIFIED: "satisfied",
    S.REJECTED: "failed",
    S.ERROR: "failed",
    S.DECLINED: "declined",
}


@pytest.mark.parametrize("exam_type", ExamType)
@pytest.mark.parametrize("pair", sorted(MOVES))
def test_every_move(pair: tuple[S, S], exam_type: ExamType) -> None:
    origin, target = pair
    events = events_for(origin, target, exam_type)
    if target in SILENT_TARGETS or pair == (S.READY_TO_SUBMIT, S.STARTED):
        assert events == ()
        return
    (event,) = events
    assert event.type.value == EVENT_OF[target]
    assert (CLOSE in event.effects) is (target in (S.COMPLETED, S.TIMED_OUT, S.ERROR))
    proctored = exam_type is ExamType.PROCTORED
    assert (Effect.UNDO_OVERRIDE in event.effects) is (proctored and origin is S.REJECTED)
    assert (Effect.OVERRIDE_GRADE_ZERO in event.effects) is (proctored and target is S.REJECTED)
    credit = CREDIT.get(target) if proctored else None
    if proctored and target is S.SECOND_REVIEW_REQUIRED and origin is not S.SUBMITTED:
        credit = "submitted"
    assert event.credit == credit


def test_beginnings() -> None:
    assert [e.type for e in events_for(None, S.CREATED, ExamType.TIMED)] == [EventType.CREATED]
    (declined,) = events_for(None, S.DECLINED, ExamType.PROCTORED)
    assert declined.type is EventType.DECLINED and declined.credit is CreditStatus.DECLINED


def test_reset_resume_and_escalation() -> None:
    assert reset_event(ExamType.PROCTORED).effects == (
        Effect.CLEAR_ANSWERS,
        Effect.UNDO_OVERRIDE,
        Effect.CLEAR_CREDIT_REQUIREMENT,
    )
    assert reset_event(ExamType.TIMED).effects == (Effect.CLEAR_ANSWERS,)
    assert resume_event().effects == (Effect.REOPEN_KEEP_ANSWERS,)
    assert escalation_event().type is EventType.ESCALATED and not escalation_event().effects


def test_there_is_a_way_to_say_every_word_of_section_9() -> None:
    said = {
        event.type
        for exam_type in ExamType
        for origin, target in [(None, S.CREATED), *MOVES]
        for event in events_for(origin, target, exam_type)
    }
    said |= {escalation_event().type, resume_event().type, reset_event(ExamType.TIMED).type}
    assert said == set(EventType)


def test_mail_for_proctored_and_live_only() -> None:
    expected = {
        S.SUBMITTED: MailKind.SUBMITTED,
        S.VERIFIED: MailKind.SATISFACTORY,
        S.REJECTED: MailKind.UNSATISFACTORY,
    }
    for status in S:
        assert mail_for(status, ExamType.PROCTORED) is expected.get(status)
        assert mail_for(status, ExamType.PROCTORED, archived=True) is None
        for exam_type in (ExamType.TIMED, ExamType.PRACTICE, ExamType.ONBOARDING):
            assert mail_for(status, exam_type) is None
