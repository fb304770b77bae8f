"""What learners are told (domain §6, RPNow); the vendor's tool speaks for itself."""

from __future__ import annotations

from proctor_hub import Exam, ExamType

from .texts import TEXTS

MINIMUM_KBPS = 500
LAUNCH_SUMMARY = TEXTS.told(
    "The learner downloads the secure browser and copies a single-use exam code into it."
)
LEARNER_TOOL = TEXTS.told(
    "The vendor's secure browser, in which the exam is taken, a webcam, a microphone, and at least "
    "%(kbps)s kbps; below that, or closed, the exam ends and is submitted as it stands.",
    kbps=MINIMUM_KBPS,
)


def steps(exam: Exam, language: str) -> tuple[str, ...]:
    """The learner's steps into the secure browser, plain text, in order."""
    say = TEXTS.into(language).say
    practice = exam.exam_type is ExamType.PRACTICE
    told = [
        say("Download and install the proctoring software; allow it to use webcam and microphone."),
        say("Start it and copy your exam code into it. The code works for this attempt only."),
        say(
            "Follow its checks of your identity, room and computer. When they are done, the secure "
            "browser opens the exam; start the exam there, in no other browser."
        ),
        say("Keep a steady internet connection of at least %(kbps)s kbps.", kbps=MINIMUM_KBPS)
        + " "
        + (
            say(
                "If it falls below that, or if you close the secure browser, the practice exam "
                "ends."
            )
            if practice
            else say(
                "If it falls below that, or if you close the secure browser, the exam ends and is "
                "submitted as it stands."
            )
        ),
    ]
    if practice:
        told.append(
            say(
                "This is a practice exam: it is not graded, monitored or reviewed. The software "
                "must be installed again for the real exam."
            )
        )
    if exam.custom_rules.strip():
        told.append(say("Rules of this exam: %(rules)s", rules=exam.custom_rules))
    return tuple(told)
