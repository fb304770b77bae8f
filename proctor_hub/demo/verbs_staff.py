"""What staff and vendors do in the story: one function per verb."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proctor_hub.demo.client import path_of
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.verbs_learner import Verb
from proctor_hub.demo.world import World, refused

DECISIONS: Mapping[str, str] = MappingProxyType(
    {"passes": "pass", "fails": "fail", "escalates": "escalate", "reverts": "revert"}
)


def decides(world: World, who: str, decision: str, learner: str) -> None:
    """A member of staff decides on a learner's attempt in hand."""
    path = path_of("attempts", world.code(learner), "decisions")
    body = {"decision": decision, "reason": f"the demo's story: {who} looked at the recording"}
    world.stage.hub.call("POST", path, body, user=world.staff(who).user_id)


def cannot(world: World, who: str, decision: str, learner: str) -> None:
    """The hub must refuse the decision: it is not theirs, or they may not even see the attempt."""
    error = refused(lambda: decides(world, who, decision, learner))
    if error.status not in (403, 404):
        raise DemoError(f"the hub answered {error}, not 403 or 404")


def goes_down(world: World, slug: str) -> None:
    """Nothing of the vendor answers any more."""
    world.stage.sandboxes[slug].do("down", {})


def comes_back(world: World, slug: str) -> None:
    """The vendor answers again."""
    world.stage.sandboxes[slug].do("up", {})


VENDOR_VERBS: Mapping[str, Verb] = MappingProxyType(
    {"goes down": goes_down, "comes back": comes_back}
)
"""What a vendor does, called with the world and the vendor's slug."""
