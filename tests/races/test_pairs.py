"""Every two things that can happen to an attempt, at once: as if one had come first.

For each stage of an attempt's life all pairs of what can happen there are raced, on both databases.
Whatever the winner, the stored rows equal those of one of the two orders played one after the
other, the loser is told in clean words, nothing deadlocks, and the audit of all rows holds.
On PostgreSQL the pairs are raced a second time in a fixed interleaving: the first stops just before
its commit with all its locks held, until the server says that the second waits for it.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import pytest

from tests.races.pausing import Gate, Server, interleave
from tests.races.racing import race
from tests.races.references import References, fits
from tests.races.scenes import seen
from tests.races.stages import ACTIONS, STAGES
from tests.services.attempts.world import World


@pytest.mark.parametrize("stage", STAGES)
def test_at_the_same_moment(racing: World, references: References, stage: str) -> None:
    begin, actions = STAGES[stage]
    for pair in combinations_with_replacement(actions, 2):
        scene = begin(racing)
        endings = race(*[ACTIONS[name](scene) for name in pair])
        fits(references, stage, pair, endings, seen(scene))


@pytest.mark.parametrize("stage", STAGES)
def test_one_runs_into_the_other(
    interleaving: World, gate: Gate, server: Server, references: References, stage: str
) -> None:
    begin, actions = STAGES[stage]
    waited = 0
    for pair in product(actions, repeat=2):
        scene = begin(interleaving)
        calls = [ACTIONS[name](scene) for name in pair]
        endings, blocked = interleave(gate, server, *calls)
        waited += blocked
        fits(references, stage, pair, endings, seen(scene))
    assert waited, "nothing ever ran into anything"
