"""Every two things that can happen to an attempt, at once: as if one had come first.

For each stage of an attempt's life all pairs of what can happen there are raced, on both databases.
Whatever the winner, the stored rows equal those of one of the two orders played one after the
other, the loser is told in clean words, nothing deadlocks, and the audit of all rows holds.
On PostgreSQL the pairs are raced a second time in a fixed interleaving: the first stops just before
its commit with all its locks held, until the server says that the second waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product

import pytest

from tests.races.pausing import Gate, Server, interleave
from tests.races.racing import Ending, clean, race
from tests.races.references import Outcome, References
from tests.races.scenes import seen
from tests.races.stages import ACTIONS, STAGES
from tests.services.attempts.world import World

# What two orders one after the other never give, since it says that the other one came meanwhile.
MEANWHILE = {"Busy"}


def _fits(
    references: References, world: World, stage: str, pair: tuple[str, str], endings: list[Ending],
    left: object,
) -> None:  # fmt: skip
    clean(endings)
    named = (endings[0].name, endings[1].name)
    if set(named) & MEANWHILE:
        return
    legal = references.either_order(stage, *pair)
    assert any(_like(left, named, one, legal) for one in legal), (stage, pair, named, left, legal)


def _like(left: object, named: Sequence[str], one: Outcome, legal: Sequence[Outcome]) -> bool:
    """As after ``one`` of the orders; a refusal may give the reason that holds in the other."""
    what, expected = one
    reasons = [{order[1][at] for order in legal} for at in (0, 1)]
    return left == what and all(
        (name == "ok") == (wanted == "ok") and name in known
        for name, wanted, known in zip(named, expected, reasons, strict=True)
    )


@pytest.mark.parametrize("stage", STAGES)
def test_at_the_same_moment(racing: World, references: References, stage: str) -> None:
    begin, actions = STAGES[stage]
    for pair in combinations_with_replacement(actions, 2):
        scene = begin(racing)
        endings = race(*[ACTIONS[name](scene) for name in pair])
        _fits(references, racing, stage, pair, endings, seen(scene))


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
        _fits(references, interleaving, stage, pair, endings, seen(scene))
    assert waited, "nothing ever ran into anything"
