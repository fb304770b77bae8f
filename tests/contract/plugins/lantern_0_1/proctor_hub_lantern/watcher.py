"""An observer that counts."""

from __future__ import annotations

from collections import Counter

from proctor_hub import ObservedEvent, hookimpl

SEEN: Counter[str] = Counter()


class Watcher:
    """Counts statuses."""

    @hookimpl
    def attempt_changed(self, event: ObservedEvent) -> None:
        SEEN[event.to_status] += 1
