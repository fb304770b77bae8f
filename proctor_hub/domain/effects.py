"""What the LMS hears of a move, and the effects it is to apply (domain §5, §9).

Silent moves, because §9 names no event for them: into ``download_software_clicked`` and the four
``onboarding_*`` refusals, from a refusal back to ``created``, into ``ready_to_submit`` and from
there back to ``started`` (going back tells nobody). An archived attempt sends nothing at all: the
caller does not ask. A decline's event also tells the course settings ``declined_exam_timed`` and
``decline_cascades``; they are data of the event, not effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from proctor_hub.domain.words import VERDICTS, AttemptStatus, ExamType


class EventType(StrEnum):
    """The words of §9."""

    CREATED = "created"
    READY = "ready"
    STARTED = "started"
    COMPLETED = "completed"
    TIMED_OUT = "timed_out"
    SUBMITTED = "submitted"
    SECOND_REVIEW_REQUIRED = "second_review_required"
    ESCALATED = "escalated"
    VERIFIED = "verified"
    REJECTED = "rejected"
    DECLINED = "declined"
    ERRORED = "errored"
    EXPIRED = "expired"
    RESUMED = "resumed"
    RESET = "reset"


class Effect(StrEnum):
    """What the LMS is to do, in the order given."""

    CLOSE_EXAM_SUBMIT_ANSWERS = "close_exam_submit_answers"
    REOPEN_KEEP_ANSWERS = "reopen_keep_answers"
    CLEAR_ANSWERS = "clear_answers"
    UNDO_OVERRIDE = "undo_override"
    CLEAR_CREDIT_REQUIREMENT = "clear_credit_requirement"
    OVERRIDE_GRADE_ZERO = "override_grade_zero"


class CreditStatus(StrEnum):
    """What the credit requirement of the exam becomes."""

    SUBMITTED = "submitted"
    SATISFIED = "satisfied"
    FAILED = "failed"
    DECLINED = "declined"


class MailKind(StrEnum):
    """The e-mails a learner gets (domain §9)."""

    SUBMITTED = "submitted"
    SATISFACTORY = "satisfactory"
    UNSATISFACTORY = "unsatisfactory"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpec:
    """One event for the LMS; ``credit`` None: the credit requirement stays as it is."""

    type: EventType
    effects: tuple[Effect, ...] = ()
    credit: CreditStatus | None = None


S = AttemptStatus

_EVENTS = {
    S.CREATED: EventType.CREATED,
    S.READY_TO_START: EventType.READY,
    S.STARTED: EventType.STARTED,
    S.COMPLETED: EventType.COMPLETED,
    S.TIMED_OUT: EventType.TIMED_OUT,
    S.SUBMITTED: EventType.SUBMITTED,
    S.SECOND_REVIEW_REQUIRED: EventType.SECOND_REVIEW_REQUIRED,
    S.VERIFIED: EventType.VERIFIED,
    S.REJECTED: EventType.REJECTED,
    S.DECLINED: EventType.DECLINED,
    S.ERROR: EventType.ERRORED,
    S.EXPIRED: EventType.EXPIRED,
}

_CREDIT = {
    S.SUBMITTED: CreditStatus.SUBMITTED,
    S.VERIFIED: CreditStatus.SATISFIED,
    S.REJECTED: CreditStatus.FAILED,
    S.ERROR: CreditStatus.FAILED,
    S.DECLINED: CreditStatus.DECLINED,
}

_CLOSING = frozenset({S.COMPLETED, S.TIMED_OUT, S.ERROR})

_MAILS = {
    S.SUBMITTED: MailKind.SUBMITTED,
    S.VERIFIED: MailKind.SATISFACTORY,
    S.REJECTED: MailKind.UNSATISFACTORY,
}


def events_for(
    from_status: AttemptStatus | None, to_status: AttemptStatus, exam_type: ExamType
) -> tuple[EventSpec, ...]:
    """The events of a move, none for a silent one; ``from_status`` None: the attempt begins.

    Only proctored exams have effects on grade and credit (domain §5); closing the exam concerns
    every type. A verdict taken back into second review makes the credit requirement ``submitted``
    again: the learner is back at *Pending*.
    """
    if to_status is S.CREATED and from_status is not None:
        return ()
    if to_status is S.STARTED and from_status is S.READY_TO_SUBMIT:
        return ()
    event = _EVENTS.get(to_status)
    if event is None:
        return ()
    effects: list[Effect] = [Effect.CLOSE_EXAM_SUBMIT_ANSWERS] if to_status in _CLOSING else []
    if exam_type is not ExamType.PROCTORED:
        return (EventSpec(type=event, effects=tuple(effects)),)
    if from_status is S.REJECTED:
        effects.append(Effect.UNDO_OVERRIDE)
    if to_status is S.REJECTED:
        effects.append(Effect.OVERRIDE_GRADE_ZERO)
    credit = _credit(from_status, to_status)
    return (EventSpec(type=event, effects=tuple(effects), credit=credit),)


def _credit(from_status: AttemptStatus | None, to_status: AttemptStatus) -> CreditStatus | None:
    if to_status is S.SECOND_REVIEW_REQUIRED and from_status in VERDICTS:
        return CreditStatus.SUBMITTED
    return _CREDIT.get(to_status)


def escalation_event() -> EventSpec:
    """Support escalated a second review; the status stays, nothing is to be applied."""
    return EventSpec(type=EventType.ESCALATED)


def reset_event(exam_type: ExamType) -> EventSpec:
    """Of the attempt that a reset (or a learner's retry) archives, before the new one's created.

    Answers are cleared for every type; override and credit requirement for proctored exams, where
    undoing what was never done is harmless.
    """
    effects = [Effect.CLEAR_ANSWERS]
    if exam_type is ExamType.PROCTORED:
        effects += [Effect.UNDO_OVERRIDE, Effect.CLEAR_CREDIT_REQUIREMENT]
    return EventSpec(type=EventType.RESET, effects=tuple(effects))


def resume_event() -> EventSpec:
    """Of the attempt that a resume archives: the exam is open again, the answers stay."""
    return EventSpec(type=EventType.RESUMED, effects=(Effect.REOPEN_KEEP_ANSWERS,))


def mail_for(
    to_status: AttemptStatus, exam_type: ExamType, *, archived: bool = False
) -> MailKind | None:
    """The e-mail a learner gets on reaching a status: proctored exams only, never archived."""
    if exam_type is not ExamType.PROCTORED or archived:
        return None
    return _MAILS.get(to_status)
