"""What learners are told (domain §6, RPNow). English; the vendor's tool speaks for itself."""

from __future__ import annotations

from proctor_hub import Exam, ExamType

MINIMUM_KBPS = 500


def steps(exam: Exam) -> tuple[str, ...]:
    """The learner's steps into the secure browser, plain text, in order."""
    practice = exam.exam_type is ExamType.PRACTICE
    return (
        "Download and install the proctoring software; allow it to use webcam and microphone.",
        "Start it and copy your exam code into it. The code works for this attempt only.",
        "Follow its checks of your identity, room and computer. When they are done, the secure "
        "browser opens the exam; start the exam there, in no other browser.",
        _connection(practice=practice),
        *((_PRACTICE,) if practice else ()),
        *((f"Rules of this exam: {exam.custom_rules}",) if exam.custom_rules.strip() else ()),
    )


_PRACTICE = (
    "This is a practice exam: it is not graded, monitored or reviewed. The software must be "
    "installed again for the real exam."
)


def _connection(*, practice: bool) -> str:
    ends = "practice exam ends" if practice else "exam ends and is submitted as it stands"
    return (
        f"Keep a steady internet connection of at least {MINIMUM_KBPS} kbps. If it falls below "
        f"that, or if you close the secure browser, the {ends}."
    )
