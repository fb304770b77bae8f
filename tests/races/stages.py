"""Where races begin, and all that can happen there at once: every pair of it is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from proctor_hub.services.attempts import conclude, create, launch, learner, optout, reading, staff
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.hub import vendor_actor
from proctor_hub.services.migration import execute, plan
from proctor_hub.services.retirement import retire
from tests.races.scenes import Scene
from tests.services.attempts.world import World
from tests.support import LMS, OPERATOR

Action = Callable[[Scene], Callable[[], Any]]
"""Prepares a call: what it needs to know is found out before the race, the call is the race."""


def _act(action: LearnerAction, second: bool = False) -> Action:
    def prepare(scene: Scene) -> Callable[[], Any]:
        record = scene.second if second else scene.record
        assert record is not None
        return lambda: learner.act(scene.hub, LMS, record.code, action)

    return prepare


def _decide(word: DecisionWord, who: str) -> Action:
    def prepare(scene: Scene) -> Callable[[], Any]:
        actor = {"prof": scene.prof, "tom": scene.tom, "sue": scene.world.sue}[who]
        return lambda: decide(scene.hub, actor, scene.record.code, word, reason=f"by {who}")

    return prepare


def _reset(scene: Scene) -> Callable[[], Any]:
    return lambda: staff.reset(scene.hub, scene.prof, scene.record.code, reason="again")


def _resume(scene: Scene) -> Callable[[], Any]:
    return lambda: staff.resume(scene.hub, scene.tom, scene.record.code, reason="go on")


def _migrate(scene: Scene) -> Callable[[], Any]:
    new = "beta" if scene.slug == "acme" else "acme"
    made = plan(scene.hub, OPERATOR, course_id=scene.course, new_vendor=new)
    return lambda: execute(
        scene.hub, OPERATOR, course_id=scene.course, new_vendor=new, digest=made.digest
    )


def _launch(scene: Scene) -> Callable[[], Any]:
    record = scene.second or scene.record
    return lambda: launch.launch(scene.hub, LMS, record.code, "en")


def _create(scene: Scene) -> Callable[[], Any]:
    return lambda: create.create_attempt(scene.hub, LMS, exam_pk=scene.other.id, user_id=scene.user)


def _accept(scene: Scene) -> Callable[[], Any]:
    actor = vendor_actor(scene.slug)
    return lambda: conclude.accept_stop(scene.hub, scene.record.id, actor)


def _decline(scene: Scene) -> Callable[[], Any]:
    return lambda: optout.decline(scene.hub, LMS, scene.record.code)


def _retire(scene: Scene) -> Callable[[], Any]:
    return lambda: retire(scene.hub, OPERATOR, user_id=scene.user)


def _look(scene: Scene) -> Callable[[], Any]:
    return lambda: reading.get(scene.hub, scene.person, scene.record.code)


def _sweep(scene: Scene) -> Callable[[], Any]:
    return lambda: sweep(scene.hub)


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "start": _act(LearnerAction.START),
        "start the other": _act(LearnerAction.START, second=True),
        "submit": _act(LearnerAction.SUBMIT),
        "finish": _act(LearnerAction.FINISH),
        "lose proctoring": _act(LearnerAction.PROCTORING_LOST),
        "launch": _launch,
        "create": _create,
        "decline": _decline,
        "look": _look,
        "sweep": _sweep,
        "reset": _reset,
        "resume": _resume,
        "retire": _retire,
        "migrate": _migrate,
        "rename": Scene.rename,
        "allow": Scene.allow,
        "pass": _decide(DecisionWord.PASS, "prof"),
        "fail": _decide(DecisionWord.FAIL, "tom"),
        "revert": _decide(DecisionWord.REVERT, "prof"),
        "support passes": _decide(DecisionWord.PASS, "sue"),
        "escalate": _decide(DecisionWord.ESCALATE, "sue"),
        "ready": Scene.ready_again,
        "fault": Scene.fault,
        "ended": Scene.ended,
        "stop accepted": _accept,
        "clean review": lambda scene: scene.review("passed"),
        "suspicious review": lambda scene: scene.review("suspicious"),
        "decided there": lambda scene: scene.review("suspicious", reviewed_by="prof@uni.example"),
    }
)


def _unstarted(world: World) -> Scene:
    return Scene(world)


def _unregistered(world: World) -> Scene:
    scene = Scene(world)
    scene.unregistered()
    return scene


def _at(
    lead: Callable[[Scene], None], *, vendor: str = "acme", both: bool = False
) -> Callable[[World], Scene]:
    def made(world: World) -> Scene:
        scene = Scene(world, vendor, both=both)
        lead(scene)
        return scene

    return made


OVERDUE = "overdue"
ALWAYS = ("reset", "retire", "migrate")
"""What can happen at any time, whatever the learner does."""

STAGES: Mapping[str, tuple[Callable[[World], Scene], tuple[str, ...]]] = MappingProxyType(
    {
        "not begun": (_unstarted, ("create", "decline", "launch", "rename", "allow", *ALWAYS)),
        "not registered": (_unregistered, ("launch", "decline", *ALWAYS)),
        "ready": (
            _at(Scene.ready, both=True),
            ("start", "start the other", "decline", "ready", "allow", "fault", *ALWAYS),
        ),
        "running": (
            _at(Scene.started, both=True),
            ("submit", "finish", "lose proctoring", "fault", "ended", "clean review",
             "start the other", *ALWAYS),
        ),
        OVERDUE: (
            _at(Scene.overdue, vendor="beta", both=True),
            ("submit", "sweep", "look", "fault", "clean review", "start the other", *ALWAYS),
        ),
        "stopped": (
            _at(Scene.stopped, vendor="beta"),
            ("stop accepted", "clean review", "suspicious review", "fault", *ALWAYS),
        ),
        "submitted": (
            _at(Scene.stopped),
            ("clean review", "suspicious review", "decided there", "fault", *ALWAYS),
        ),
        "second review": (
            _at(Scene.judged),
            ("pass", "fail", "clean review", "suspicious review", "decided there", *ALWAYS),
        ),
        "with support": (
            _at(Scene.judged, vendor="beta"),
            ("support passes", "escalate", "pass", "clean review", *ALWAYS),
        ),
        "verified": (
            _at(lambda scene: scene.judged("passed")),
            ("fail", "revert", "suspicious review", *ALWAYS),
        ),
        "error": (
            _at(Scene.failed),
            ("resume", "pass", "fail", "clean review", "fault", *ALWAYS),
        ),
    }
)  # fmt: skip
"""Name → how to get there, and what may happen at once."""
