"""A small LMS: it does what the events say, in order, and nothing else (domain §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Entry:
    """One learner's entry for one exam."""

    last_sequence: int = 0
    override: bool = False
    credit: str | None = None
    events: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Gradebook:
    """Entries by stream; feed it every event once, in the order sent."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def take(self, stream: str, payload: Mapping[str, Any]) -> None:
        """Apply one event; AssertionError where its number does not follow."""
        entry = self.entries.setdefault(stream, Entry())
        sequence = payload["sequence"]
        assert sequence > entry.last_sequence, f"{stream}: {sequence} after {entry.last_sequence}"
        entry.last_sequence = sequence
        entry.events.append(payload["type"])
        for effect in payload["effects"]:
            if effect == "override_grade_zero":
                assert not entry.override, f"{stream}: overridden twice"
                entry.override = True
            elif effect == "undo_override":
                entry.override = False
            elif effect == "clear_credit_requirement":
                entry.credit = None
        entry.credit = payload["credit"] or entry.credit
