"""The rows of a second-review queue: what is to be decided, by which buttons, and who is at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proctor_hub.services.decision_options import Option, options_of_many
from proctor_hub.services.queues import QueueEntry
from proctor_hub.web.pages.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A second review that waits. ``ours``: the visitor has claimed it; ``theirs``: another has."""

    entry: QueueEntry
    options: tuple[Option, ...]
    ours: bool
    theirs: bool


def rows(visit: Visit, listed: Sequence[QueueEntry]) -> list[Row]:
    """One row per entry of a queue that the visitor was let see."""
    offered = options_of_many(visit.hub, visit.actor, [one.record for one in listed])
    found = []
    for entry in listed:
        claimed = entry.claim is not None
        ours = entry.claim is not None and entry.claim.person_pk == visit.actor.person_pk
        found.append(
            Row(
                entry=entry,
                options=offered[entry.record.id],
                ours=ours,
                theirs=claimed and not ours,
            )
        )
    return found
