"""Whole exams of each type, through a real hub over real HTTP."""

from __future__ import annotations

from proctor_hub.demo.client import HubRefused
from proctor_hub.domain.words import ExamType, ReviewStatus
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import loaded, played, proctors
from proctor_hub.testing.kit.playing import reviewed, start, take
from proctor_hub.testing.kit.sessions import Session, begin
from proctor_hub.testing.kit.talk import word_for
from proctor_hub.vendors.quality import Tier

_ABOUT = "reference/statuses.md"
_WHY = "This is the learner's whole way; every other rule only guards a part of it."


@check(
    "lifecycle-waits-for-ready",
    Tier.BRONZE,
    why="An exam that starts before the vendor watches is an exam without proctoring.",
    about=_ABOUT,
    unless=played,
)
def waits_for_ready(bench: Bench) -> None:
    """An attempt cannot start until the vendor said that its session is ready."""
    at = begin(bench, bench.case.usual_exam_type)
    try:
        at.act("start")
    except HubRefused:
        start(at)
    else:
        raise Broken("the exam starts although the vendor never said that the session is ready")


def _whole(bench: Bench, exam_type: ExamType, verdict: str) -> Session:
    at = take(bench, exam_type)
    if verdict != "submitted":
        reviewed(at, word_for(bench, ReviewStatus.PASSED))
    demand(at.status == verdict, f"the {exam_type} exam ends as {at.status}, not {verdict}")
    return at


@check(
    "lifecycle-played",
    Tier.SILVER,
    why="What nobody plays through is first tried by learners; recordings cannot call back.",
    about="how-to/test-a-plugin.md#the-vendor-behind-the-wire",
    unless=loaded,
    indispensable=True,
)
def is_played(bench: Bench) -> None:
    """There is a vendor to play with: a sandbox, or methods that make its calls."""
    missing = played(bench.case)
    demand(not missing, missing)


@check(
    "lifecycle-proctored",
    Tier.BRONZE,
    why=_WHY,
    about=_ABOUT,
    unless=proctors(ExamType.PROCTORED, played),
)
def proctored(bench: Bench) -> None:
    """A proctored exam goes from its beginning to verified, by the vendor's review."""
    _whole(bench, ExamType.PROCTORED, "verified")


@check(
    "lifecycle-practice",
    Tier.BRONZE,
    why=_WHY,
    about=_ABOUT,
    unless=proctors(ExamType.PRACTICE, played),
)
def practice(bench: Bench) -> None:
    """A practice exam goes from its beginning to submitted, where it ends."""
    _whole(bench, ExamType.PRACTICE, "submitted")


@check(
    "lifecycle-onboarding",
    Tier.BRONZE,
    why=_WHY,
    about=_ABOUT,
    unless=proctors(ExamType.ONBOARDING, played),
)
def onboarding(bench: Bench) -> None:
    """An onboarding exam goes from its beginning to verified, by the vendor's review."""
    _whole(bench, ExamType.ONBOARDING, "verified")
