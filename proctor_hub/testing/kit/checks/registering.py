"""Telling the vendor the same thing twice."""

from __future__ import annotations

from proctor_hub.testing.calls import ASKING
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import able, lively, loaded
from proctor_hub.testing.kit.outward import opened, with_id
from proctor_hub.vendors.launching import Registered
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.subjects import Capability

_ABOUT = "reference/hooks.md#register_attempt"


@check(
    "registering-again",
    Tier.BRONZE,
    why="The host registers again after a lost answer; a learner must not stand before an error.",
    about=_ABOUT,
    unless=loaded,
)
def again(bench: Bench) -> None:
    """Registering the same attempt again gives a usable id again."""
    vendor = bench.fresh_vendor()
    subject = opened(bench, vendor)
    for _ in range(2):
        answer = ASKING["register_attempt"](vendor, with_id(subject, ""))
        demand(
            isinstance(answer, Registered),
            "an attempt that was registered once is refused the second time",
        )
        subject = with_id(subject, answer.external_id)
        ASKING["launch_session"](vendor, subject)


@check(
    "registering-apart",
    Tier.BRONZE,
    why="Two attempts under one id: one learner's review decides the other's exam.",
    about=_ABOUT,
    unless=lively,
)
def apart(bench: Bench) -> None:
    """Different attempts get different ids."""
    vendor = bench.fresh_vendor()
    ids = [opened(bench, vendor).attempt.external_id for _ in range(3)]
    demand(len(set(ids)) == len(ids), "different attempts are registered under one id")


@check(
    "registering-removed-again",
    Tier.SILVER,
    why="Notices are delivered at least once; a repeated one must not be parked as failed.",
    about="reference/hooks.md#session_removed",
    unless=able(Capability.SESSION_REMOVAL),
)
def removed_again(bench: Bench) -> None:
    """Removing a session twice succeeds twice."""
    vendor = bench.fresh_vendor()
    subject = opened(bench, vendor)
    for _ in range(2):
        vendor.session_removed(exam=subject.exam, attempt=subject.attempt)


@check(
    "registering-exam-again",
    Tier.SILVER,
    why="Exams are saved often; each save must not make another exam at the vendor.",
    about="reference/hooks.md#sync_exam",
    unless=able(Capability.EXAM_SYNC),
)
def exam_again(bench: Bench) -> None:
    """Syncing an exam the vendor knows keeps it: the id it has stays usable."""
    vendor = bench.fresh_vendor()
    subject = opened(bench, vendor)
    again = vendor.sync_exam(exam=subject.exam)
    demand(
        again.external_id == subject.exam.external_id,
        "syncing an exam again gives it another id at the vendor",
    )
