"""The sandbox's journal: what came in, what went out, and how it was answered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Literal

KEEP = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exchange. `path` has no query and no session key; `status` None means no answer came."""

    at: datetime
    direction: Literal["in", "out"]
    method: str
    path: str
    status: int | None
    note: str = ""


class Journal:
    """The last `KEEP` exchanges; it never holds headers, bodies or query strings."""

    def __init__(self, lock: RLock) -> None:
        """Start empty, guarded by the sandbox's one lock."""
        self._lock = lock
        self._entries: deque[Entry] = deque(maxlen=KEEP)

    def add(self, entry: Entry) -> None:
        """Append an exchange; the oldest falls out when the journal is full."""
        with self._lock:
            self._entries.append(entry)

    def entries(self, limit: int = KEEP) -> list[Entry]:
        """The last `limit` exchanges, oldest first."""
        with self._lock:
            return list(self._entries)[-limit:]
