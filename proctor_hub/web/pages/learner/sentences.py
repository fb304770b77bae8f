"""What a learner is told besides the sentence of the status: what happens next, and what is in the
way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import AttemptStatus, ExamType, OnboardingStatus
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.web.pages.speech import noted

S = AttemptStatus
O = OnboardingStatus  # noqa: E741 - the table below reads better so

NO_SESSION = noted(
    "The proctoring vendor could not be reached, so there is no session yet. Your attempt is kept, "
    "your time has not begun, and trying again is safe."
)
VENDOR_SILENT = noted(
    "The proctoring vendor does not answer just now. Your attempt is kept, your time has not "
    "begun, and trying again is safe."
)
NOT_OFFERED = noted("Your course does not offer this exam any more.")
TAKEN_BEFORE = noted(
    "You have taken this exam already, with the proctoring vendor your course had before. It is "
    "not offered again."
)
OTHER_TRACK = noted(
    "This exam is for learners of the course's verified track. Upgrade in your course, then come "
    "back."
)
TOO_LATE = noted("This exam was due and can no longer be begun.")

_FIRST = noted("You need an approved onboarding before this exam. Complete the onboarding exam.")
ONBOARDING: Mapping[OnboardingStatus, str] = MappingProxyType(
    {
        O.NOT_STARTED: _FIRST,
        O.SETUP_STARTED: _FIRST,
        O.ONBOARDING_STARTED: _FIRST,
        O.SUBMITTED: noted(
            "Your onboarding is still being reviewed. Begin this exam when it has been approved."
        ),
        O.REJECTED: noted("Your onboarding was not approved. Retry the onboarding exam first."),
        O.ERROR: noted("Something went wrong in your onboarding. Retry the onboarding exam first."),
        O.EXPIRED: noted(
            "Your onboarding is no longer valid. Take the onboarding exam again first."
        ),
    }
)
"""Why a proctored exam cannot be taken yet, by the learner's onboarding."""

_REVIEW = noted(
    "The recording of your session is reviewed; that takes days rather than hours. This page shows "
    "the result, and you get an e-mail."
)
_SCORE = noted(
    "The result is about the rules of the exam, not about your answers: your score is in your "
    "course."
)
_ZERO = noted(
    "Your grade for this exam was set to 0, and the exam does not count towards credit. If the "
    "decision is changed, your original grade comes back."
)
_PROCTORED: Mapping[AttemptStatus, tuple[str, ...]] = MappingProxyType(
    {
        S.COMPLETED: (_REVIEW,),
        S.TIMED_OUT: (_REVIEW,),
        S.SUBMITTED: (_REVIEW,),
        S.SECOND_REVIEW_REQUIRED: (
            noted("Somebody looks at your session once more before there is a result."),
        ),
        S.VERIFIED: (_SCORE,),
        S.REJECTED: (_ZERO,),
        S.DECLINED: (noted("Take the exam in your course; no proctoring software is needed."),),
        S.ERROR: (noted("Your answers so far are kept in your course."),),
    }
)
_ONBOARDING: Mapping[AttemptStatus, tuple[str, ...]] = MappingProxyType(
    {
        S.COMPLETED: (noted("Come back in a few days; then proctored exams open."),),
        S.TIMED_OUT: (noted("Come back in a few days; then proctored exams open."),),
        S.SUBMITTED: (noted("Come back in a few days; then proctored exams open."),),
    }
)
_AGAIN = noted("The proctoring software is installed again for the real exam.")
_FAULT = noted(
    "The proctoring software reported a fault, or did not answer any more, and the exam was "
    "stopped."
)
_ENDED: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.CLOCK: noted("Your time ran out, and your answers so far were submitted."),
        Cause.COURSE_END: noted(
            "The exam ended for everybody, and your answers so far were submitted."
        ),
        Cause.LOST_PROCTORING: noted(
            "The proctoring software ended before you submitted the exam, so it was submitted as "
            "it stood."
        ),
        Cause.REENTRY: noted(
            "You came in through the proctoring software again while the exam ran. An exam is not "
            "started twice, so it was submitted as it stood."
        ),
        Cause.FAULT_REPORT: _FAULT,
        Cause.VENDOR: _FAULT,
    }
)


def next_steps(record: AttemptRecord, ended_by: Cause | None) -> tuple[str, ...]:
    """How it ended, where not by the learner, and what follows; beyond the status's sentence."""
    status, exam_type = record.status, record.exam_type
    # The status itself says it in one case.
    told = status is S.TIMED_OUT and ended_by is Cause.CLOCK
    ended = "" if ended_by is None or told else _ENDED.get(ended_by, "")
    return (*filter(None, [ended]), *_follows(status, exam_type))


def _follows(status: AttemptStatus, exam_type: ExamType) -> tuple[str, ...]:
    if exam_type is ExamType.PROCTORED:
        return _PROCTORED.get(status, ())
    if exam_type is ExamType.ONBOARDING:
        return _ONBOARDING.get(status, ())
    if exam_type is ExamType.PRACTICE and status in (S.COMPLETED, S.TIMED_OUT, S.SUBMITTED):
        return (_AGAIN,)
    return ()
