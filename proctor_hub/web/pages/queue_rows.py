"""The rows of a second-review queue: what is to be decided, by which buttons, with whose note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proctor_hub.services.decision_options import Option, options_of_many
from proctor_hub.storage import decisions
from proctor_hub.storage.decisions import StoredDecision
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.web.pages.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A second review that waits. ``note``: support's escalation, where there was one."""

    attempt: AttemptRecord
    options: tuple[Option, ...]
    note: StoredDecision | None


def rows(visit: Visit, listed: Sequence[AttemptRecord]) -> list[Row]:
    """One row per attempt of a queue that the visitor was let see."""
    offered = options_of_many(visit.hub, visit.actor, listed)
    with visit.hub.database.read() as conn:
        notes = decisions.latest_escalations(conn, [one.id for one in listed])
    return [Row(attempt=one, options=offered[one.id], note=notes.get(one.id)) for one in listed]
