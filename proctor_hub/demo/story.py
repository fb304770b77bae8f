"""Plays the story: every line is done, and what it says must be true."""

from __future__ import annotations

from collections.abc import Callable

import requests

from proctor_hub.demo.client import HubRefused
from proctor_hub.demo.data import Scene
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.verbs_learner import LEARNER_VERBS
from proctor_hub.demo.verbs_staff import DECISIONS, VENDOR_VERBS, cannot, decides
from proctor_hub.demo.world import World


def play(world: World, scene: Scene, told: Callable[[str], None]) -> None:
    """Play one scene; ``told`` hears each line that came true.

    :raises DemoError: a line did not; the message names it and says what was found.
    """
    for line in scene.lines:
        try:
            act(world, line)
        except (DemoError, HubRefused, requests.RequestException) as error:
            world.stage.processes.check()
            reason = (
                str(error) if isinstance(error, DemoError | HubRefused) else type(error).__name__
            )
            raise DemoError(f"In “{scene.title}”, “{line}” did not come true: {reason}") from error
        told(line)


def act(world: World, line: str) -> None:
    """Do what one line says.

    :raises DemoError: nobody can do that, or it did not come true.
    """
    who, verb, *rest = line.split()
    if who in world.stage.sandboxes:
        done = VENDOR_VERBS.get(" ".join([verb, *rest]))
        if done is None:
            raise DemoError(f"vendors do not know {verb!r}")
        done(world, who)
    elif any(who == one.username for one in world.stage.plan.staff):
        if verb == "cannot":
            cannot(world, who, *rest)
        elif verb in DECISIONS:
            decides(world, who, DECISIONS[verb], *rest)
        else:
            raise DemoError(f"staff do not know {verb!r}")
    elif verb in LEARNER_VERBS:
        LEARNER_VERBS[verb](world, who, *rest)
    else:
        raise DemoError(f"learners do not know {verb!r}")
