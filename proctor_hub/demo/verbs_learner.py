"""What learners do in the story, and what is true of them: one function per verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.verbs_checks import find, finds, has, is_
from proctor_hub.demo.world import World, becomes, refused

Verb = Callable[..., None]

DONE = ("completed", "submitted")


def tries(world: World, who: str, content_id: str, status: str) -> None:
    """Begin an exam; the attempt must then be in ``status``, as the vendor left it."""
    learner = world.learner(who)
    body = {"exam_id": world.exam_id(learner, content_id), "user_id": learner.user_id}
    attempt = world.as_learner(who, "POST", "attempts", body=body)
    world.attempts[who] = attempt["code"]
    _must_be(attempt["status"], status)


def starts(world: World, who: str, content_id: str) -> None:
    """Begin an exam, or go on with the live attempt at it; set up the vendor's tool; start."""
    live = find(world, who, content_id)
    if live is None:
        tries(world, who, content_id, "created")
    else:
        world.attempts[who] = live["code"]
    _set_up_and_start(world, who)


def _set_up_and_start(world: World, who: str) -> None:
    code, proof = world.code(who), None
    launched = world.as_learner(who, "POST", "attempts", code, "launch")
    if launched["plan"] is not None:
        if launched["plan"]["kind"] in ("download", "exam_code"):
            _act(world, who, "download_clicked")
        sandbox, known = world.sandbox(who)
        proof = sandbox.make_ready(known)
        _must_be(world.attempt(who)["status"], "ready_to_start")
    _must_be(_act(world, who, "start"), "started")
    access = world.as_learner(who, "POST", "attempts", code, "access", body={"proof": proof})
    if not access["may_show"]:
        raise DemoError(f"the exam's content may not be shown: {access['reason']}")


def submits(world: World, who: str) -> None:
    """End the exam and hand it in; the vendor's tool closes."""
    _must_be(_act(world, who, "finish"), "ready_to_submit")
    status = _act(world, who, "submit")
    if status not in DONE:
        raise DemoError(f"the attempt is {status}, not completed or submitted")
    if world.attempt(who)["vendor"] is not None:
        sandbox, known = world.sandbox(who)
        if sandbox.knows("finish"):
            sandbox.do("finish", known)


def takes(world: World, who: str, content_id: str) -> None:
    """The whole exam, from its beginning until it is submitted."""
    starts(world, who, content_id)
    submits(world, who)
    becomes(lambda: world.attempt(who)["status"], "submitted", "the attempt")


def onboards(world: World, who: str, review: str | None = None, status: str = "verified") -> None:
    """The course's onboarding exam; reviewed it becomes ``status``, else its profile pends."""
    takes(world, who, "onboarding")
    if review is not None:
        reviewed(world, who, review)
        becomes(lambda: world.attempt(who)["status"], status, "the attempt")


def retries(world: World, who: str, content_id: str) -> None:
    """Begin a finished practice or failed onboarding anew."""
    former = finds(world, who, content_id)
    attempt = world.as_learner(who, "POST", "attempts", former["code"], "retry")
    world.attempts[who] = attempt["code"]
    _must_be(str(attempt["number"]), str(former["number"] + 1))


def reviewed(world: World, who: str, review: str) -> None:
    """The vendor sends its review ``review``; the hub must take every delivery of it."""
    sandbox, known = world.sandbox(who)
    for status in sandbox.review(review, known):
        if status != 200:
            raise DemoError(f"the hub answered {status} to the vendor's review")


def forged(world: World, who: str, review: str, status: str) -> None:
    """Somebody who is not the vendor sends a review; the hub must answer ``status``."""
    sandbox, known = world.sandbox(who)
    for answered in sandbox.review(review, known):
        _must_be(str(answered), status)


def declines(world: World, who: str, content_id: str) -> None:
    """Take the exam without proctoring."""
    code = finds(world, who, content_id)["code"]
    world.attempts[who] = code
    _must_be(world.as_learner(who, "POST", "attempts", code, "decline")["status"], "declined")


def cannot(world: World, who: str, what: str, *arguments: str) -> None:
    """The hub must refuse: ``launch`` (the vendor is down), ``decline``, ``try EXAM CODE``."""
    if what == "try":
        content_id, code = arguments
        error = refused(lambda: tries(world, who, content_id, "created"))
        _must_be(error.code, code)
        return
    error = refused(lambda: world.as_learner(who, "POST", "attempts", world.code(who), what))
    _must_be(str(error.status), {"launch": "503"}.get(what, str(error.status)))


def _act(world: World, who: str, action: str) -> str:
    attempt = world.as_learner(
        who, "POST", "attempts", world.code(who), "actions", body={"action": action}
    )
    return str(attempt["status"])


def _must_be(found: str, wanted: str) -> None:
    if found != wanted:
        raise DemoError(f"found {found}, not {wanted}")


def _is(world: World, who: str, word: str, *more: str) -> None:
    """``is reviewed NAME``, ``is forged NAME STATUS``, or ``is STATUS [RESULT]``."""
    if word == "reviewed":
        reviewed(world, who, *more)
    elif word == "forged":
        forged(world, who, *more)
    else:
        is_(world, who, word, *more)


def _finds(world: World, who: str, content_id: str, status: str) -> None:
    becomes(lambda: finds(world, who, content_id)["status"], status, "the attempt")


LEARNER_VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "tries": tries,
        "starts": starts,
        "submits": submits,
        "takes": takes,
        "onboards": onboards,
        "retries": retries,
        "declines": declines,
        "cannot": cannot,
        "is": _is,
        "has": has,
        "finds": _finds,
    }
)
"""Verb → what it does and checks, called with the world, the learner and the line's rest."""
