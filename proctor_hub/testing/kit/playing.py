"""An exam played to its end: what the learner does, and what the hub hears of the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proctor_hub.demo.client import path_of
from proctor_hub.domain.words import ExamType
from proctor_hub.services.polling import poll
from proctor_hub.testing.kit.check import Broken
from proctor_hub.testing.kit.sessions import Session, begin

if TYPE_CHECKING:
    from proctor_hub.testing.kit.bench import Bench


def start(at: Session) -> None:
    """The learner installs what is to be installed, the vendor says ready, the exam starts.

    :raises Broken: the vendor's word did not make it ready.
    """
    path = path_of("attempts", at.code, "launch")
    plan = at.bench.running.lms.call("POST", path)["plan"]
    if plan and plan["kind"] in ("download", "exam_code"):
        at.act("download_clicked")
    heard = at.bench.running.heard
    before = len(heard)
    at.bench.case.given.make_ready(at)
    hear(at.bench)
    # The vendor has its answer, so it was committed: there is nothing to wait for.
    if at.status != "ready_to_start":
        answers = ", ".join(str(one.status) for one in heard[before:]) or "by no call to the hub"
        raise Broken(
            f"after the vendor said ready (answered {answers}) the attempt is {at.status}, "
            f"not ready_to_start{at.bench.last_refusal}"
        )
    at.act("start")


def reviewed(at: Session, word: str) -> None:
    """The vendor reviews the session in this word, and the hub hears of it."""
    at.bench.case.given.send_review(at, word)
    hear(at.bench)


def hear(bench: Bench) -> None:
    """Ask a vendor that cannot call back, as the hub's clock does."""
    if bench.case.polled:
        poll(bench.running.hub, bench.case.slug)


def take(bench: Bench, exam_type: ExamType) -> Session:
    """A whole exam, until it is submitted and the vendor may review it."""
    at = begin(bench, exam_type)
    submit(at)
    return at


def submit(at: Session) -> None:
    """The learner starts the exam and submits it, and the vendor knows.

    :raises Broken: it could not start, or was not submitted.
    """
    bench = at.bench
    start(at)
    at.act("submit")
    at.becomes("submitted")
    if bench.case.given.sandbox is not None and bench.steering.knows("finish"):
        bench.steering.do("finish", at.values)
