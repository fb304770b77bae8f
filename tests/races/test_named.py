"""The races the domain names, many times each, and how many may win."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.races.racing import clean, names, race
from tests.races.references import References, fits
from tests.races.scenes import seen
from tests.races.stages import ACTIONS, OVERDUE, STAGES
from tests.services.attempts.world import World

ROUNDS = 8

# What races: where, what happens at once, and what the losers are told; a win is not listed.
# Nothing listed: all of them may succeed, one after the other, in either order.
Race = tuple[str, tuple[str, ...], tuple[str, ...]]
RACES: dict[str, Race] = {
    "a review and a decision": ("second review", ("clean review", "fail"), ()),
    "a review that names the decider, and a decision": (
        "second review", ("decided there", "pass"), ()),
    "the same review twice": ("submitted", ("clean review", "clean review"), ()),
    "two different reviews": ("submitted", ("clean review", "suspicious review"), ()),
    "two decisions by two people": ("second review", ("pass", "fail"), ()),
    "two reverts": ("verified", ("revert", "revert"), ()),
    "one attempt started twice": ("ready", ("start", "start"), ("IllegalMove",)),
    "two exams started": ("ready", ("start", "start the other"), ("AnotherAttemptRunning",)),
    "a reset and a review": ("submitted", ("reset", "clean review"), ()),
    "a reset and a ready session": ("ready", ("reset", "ready"), ()),
    "two resets": ("submitted", ("reset", "reset"), ("AttemptArchived",)),
    "the sweep and a submit": (OVERDUE, ("sweep", "submit"), ("IllegalMove",)),
    "a look and a submit": (OVERDUE, ("look", "submit"), ("IllegalMove",)),
    "a fault and a submit": ("running", ("fault", "submit"), ()),
    "a migration and a launch": ("not registered", ("migrate", "launch"), ()),
    "a migration and a creation": ("not begun", ("migrate", "create"), ()),
    "a migration and a start": ("ready", ("migrate", "start"), ()),
    "three creations": (
        "not begun", ("create", "create", "create"), ("LiveAttemptExists", "LiveAttemptExists")),
    "an opt-out and a start": ("ready", ("decline", "start"), ()),
    "an opt-out and a creation": ("not begun", ("decline", "create"), ()),
    "a retirement and a review": ("submitted", ("retire", "clean review"), ()),
    "a retirement and a creation": ("not begun", ("retire", "create"), ()),
    "an escalation and a decision": ("with support", ("escalate", "support passes"), ()),
    "a resume and a fault": ("error", ("resume", "fault"), ()),
    "a resume and a decision": ("error", ("resume", "pass"), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", RACES)
def test_it(racing: World, references: References, name: str) -> None:
    stage, actions, told = RACES[name]
    outcomes: Counter[tuple[str, ...]] = Counter()
    for _ in range(ROUNDS):
        scene = STAGES[stage][0](racing)
        endings = race(*[ACTIONS[action](scene) for action in actions])
        clean(endings)
        found = names(endings)
        outcomes[tuple(found)] += 1
        if told:
            assert found == sorted(["ok"] * (len(actions) - len(told)) + list(told)), endings
        if len(actions) == 2:
            fits(references, stage, actions, endings, seen(scene))
    assert sum(outcomes.values()) == ROUNDS, outcomes
