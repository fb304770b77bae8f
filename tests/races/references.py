"""What two calls leave when one comes after the other: a race must leave one of the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.races.racing import Ending, clean
from tests.races.scenes import VENDORS, Seen, seen
from tests.races.stages import ACTIONS, OVERDUE, STAGES
from tests.services.attempts.world import World, a_world, with_hub

Outcome = tuple[Seen, tuple[str, str]]
"""What is left, and how the first and the second call named ended."""


@dataclass(slots=True)
class References:
    """The two orders of each pair, played one after the other on a database of their own."""

    world: World
    _known: dict[tuple[str, str, str, bool], Outcome] = field(default_factory=dict)

    def either_order(self, stage: str, one: str, two: str) -> list[Outcome]:
        """What is legal after ``one`` and ``two`` at once: as if one of them had come first.

        Whoever comes upon an attempt whose time is over settles that first, by itself.
        """
        found = []
        for settled in (False, True) if stage == OVERDUE else (False,):
            what, (second, first) = self._played(stage, two, one, settled)
            found += [self._played(stage, one, two, settled), (what, (first, second))]
        return found

    def _played(self, stage: str, first: str, then: str, settled: bool) -> Outcome:
        key = (stage, first, then, settled)
        if key not in self._known:
            scene = STAGES[stage][0](self.world)
            calls = [ACTIONS[first](scene), ACTIONS[then](scene)]
            if settled:
                ACTIONS["sweep"](scene)()
            endings = [_ending(call) for call in calls]
            self._known[key] = (seen(scene), (endings[0].name, endings[1].name))
        return self._known[key]


MEANWHILE = frozenset({"Busy"})
"""What two calls one after the other never say: that the other one came meanwhile."""


def fits(
    references: References,
    stage: str,
    pair: Sequence[str],
    endings: Sequence[Ending],
    left: Seen,
) -> None:
    """The race left what one of the two orders leaves, and told the loser in clean words."""
    clean(endings)
    named = (endings[0].name, endings[1].name)
    if MEANWHILE.isdisjoint(named):
        legal = references.either_order(stage, pair[0], pair[1])
        assert any(_like(left, named, one, legal) for one in legal), (pair, named, left, legal)


def _like(left: Seen, named: Sequence[str], one: Outcome, legal: Sequence[Outcome]) -> bool:
    """As after ``one`` of the orders; a refusal may give the reason that holds in the other."""
    what, expected = one
    reasons = [{order[1][at] for order in legal} for at in (0, 1)]
    return left == what and all(
        (name == "ok") == (wanted == "ok") and name in known
        for name, wanted, known in zip(named, expected, reasons, strict=True)
    )


def _ending(call: object) -> Ending:
    try:
        return Ending(value=call())  # type: ignore[operator]
    except Exception as error:
        return Ending(error=error)


@contextmanager
def hurried(url: str) -> Iterator[World]:
    """A hub with both vendors whose learners are written to; it need not survive a power cut."""
    with a_world(url, vendors=VENDORS) as world:
        world.hub = with_hub(world, mails=True)
        if world.hub.database.dialect == "sqlite":
            connection = world.hub.database.engine.raw_connection()
            connection.driver_connection.execute("PRAGMA synchronous=OFF")  # type: ignore[union-attr]
            connection.close()
        yield world
