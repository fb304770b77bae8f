"""What the learner sees: the result word, or a sentence (domain §3).

Every sentence says what is and what to do. Timed and practice attempts never have a result word.
"""

from __future__ import annotations

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AWAITING_REVIEW, AttemptStatus, ExamType

PENDING = "Pending"
SATISFACTORY = "Satisfactory"
UNSATISFACTORY = "Unsatisfactory"

S = AttemptStatus


def result_word(status: AttemptStatus, exam_type: ExamType) -> str | None:
    """``Pending``, ``Satisfactory`` or ``Unsatisfactory``; None where there is only a sentence."""
    if not exam_type.is_reviewed:
        return None
    if status in AWAITING_REVIEW:
        return PENDING
    if status is S.VERIFIED:
        return SATISFACTORY
    return UNSATISFACTORY if status is S.REJECTED else None


def status_sentence(status: AttemptStatus, exam_type: ExamType) -> str:
    """What is and what to do, in plain English, for any status and exam type; never empty."""
    for table in (_OF_TYPE.get(exam_type, {}), _SENTENCES):
        if status in table:
            return table[status]
    raise KeyError(status)  # unreachable: _SENTENCES has every status, and a test holds it to that


_SENTENCES = {
    S.CREATED: noted(
        "Your exam is set up. Follow the instructions to set up the proctoring software."
    ),
    S.DOWNLOAD_SOFTWARE_CLICKED: noted(
        "You have opened the proctoring software's download. Install it and finish its checks."
    ),
    S.READY_TO_START: noted("Your proctoring session is ready. Start the exam when you are."),
    S.STARTED: noted(
        "Your exam is running. Answer the questions, then end the exam and submit it."
    ),
    S.READY_TO_SUBMIT: noted(
        "You are about to submit your exam, and the clock still runs. Submit it, or go back."
    ),
    S.COMPLETED: noted(
        "You have finished your exam and it is being handed in. There is nothing for you to do; "
        "you will see the result here."
    ),
    S.TIMED_OUT: noted(
        "Your time ran out and your answers so far are being handed in. There is nothing for you "
        "to do; you will see the result here."
    ),
    S.SUBMITTED: noted(
        "Your exam was submitted and your session is being reviewed. There is nothing for you to "
        "do; you will see the result here."
    ),
    S.SECOND_REVIEW_REQUIRED: noted(
        "Your session is being reviewed a second time. There is nothing for you to do; you will "
        "see the result here."
    ),
    S.VERIFIED: noted("Your session passed the review. There is nothing for you to do."),
    S.REJECTED: noted(
        "Your session did not pass the review. If you think this is wrong, contact your course "
        "team."
    ),
    S.DECLINED: noted(
        "You chose to take this exam without proctoring, so it does not count for credit. If you "
        "changed your mind, contact your course team."
    ),
    S.EXPIRED: noted(
        "You did not start this exam before it was due, and can no longer take it. Contact your "
        "course team if you need another chance."
    ),
    S.ERROR: noted(
        "Something went wrong with your proctoring session and the exam was stopped. Contact your "
        "course team, who can let you go on."
    ),
    S.ONBOARDING_MISSING: noted(
        "You cannot take this exam before onboarding. Complete the onboarding exam, then try again."
    ),
    S.ONBOARDING_PENDING: noted(
        "Your onboarding is still being reviewed. Try again when it has been approved."
    ),
    S.ONBOARDING_FAILED: noted(
        "Your onboarding was not approved. Retry the onboarding exam, then try again."
    ),
    S.ONBOARDING_EXPIRED: noted(
        "Your onboarding is no longer valid. Retry the onboarding exam, then try again."
    ),
}

_PRACTICE_OVER = noted("You have finished the practice exam. It is not reviewed; you may retry it.")

_OF_TYPE = {
    ExamType.TIMED: {
        S.CREATED: noted(
            "Your exam is set up. Start it when you are ready; the clock runs from then on."
        ),
        S.COMPLETED: noted("You have finished this timed exam. There is nothing for you to do."),
        S.TIMED_OUT: noted(
            "Your time ran out and your answers so far were submitted. There is nothing for you "
            "to do."
        ),
        S.SUBMITTED: noted("You have submitted this timed exam. There is nothing for you to do."),
    },
    ExamType.PRACTICE: {
        S.COMPLETED: _PRACTICE_OVER,
        S.TIMED_OUT: noted(
            "Your time ran out. You have finished the practice exam. It is not reviewed; you may "
            "retry it."
        ),
        S.SUBMITTED: _PRACTICE_OVER,
        S.EXPIRED: noted(
            "The practice exam is over and can no longer be taken. Go on to the real exam."
        ),
        S.ERROR: noted("Something went wrong in the practice exam. Retry it."),
    },
    ExamType.ONBOARDING: {
        S.SUBMITTED: noted(
            "Your onboarding was submitted and is being reviewed. There is nothing for you to "
            "do; you will see the result here."
        ),
        S.VERIFIED: noted("Your onboarding was approved. You can take proctored exams now."),
        S.REJECTED: noted("Your onboarding was not approved. Retry the onboarding exam."),
        S.ERROR: noted("Something went wrong during onboarding. Retry the onboarding exam."),
    },
}
