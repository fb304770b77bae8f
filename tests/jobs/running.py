"""The jobs port for tests that are not about the engine: jobs wait until the test runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from proctor_hub.jobs.reports.make import make_report
from proctor_hub.jobs.reports.tending import delete_report_file
from proctor_hub.services.hub import Hub
from proctor_hub.services.reports import MAKE, REMOVE_FILES
from proctor_hub.storage.engine import after_commit

KNOWN: dict[str, Callable[..., Any]] = {
    MAKE: make_report,
    REMOVE_FILES: delete_report_file,
}


@dataclass(slots=True)
class WaitingJobs:
    """Keeps what was enqueued by transactions that were committed, in order."""

    waiting: list[tuple[str, tuple[str | int, ...], float]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def enqueue(
        self, conn: sa.Connection, job: str, *args: str | int, key: str, delay: float = 0.0
    ) -> None:
        """As of the port; a key used before is a mistake of the caller's."""

        def keep() -> None:
            assert key not in self.keys, f"the job {key} would never run"
            self.keys.add(key)
            self.waiting.append((job, args, delay))

        after_commit(conn, keep)

    def run_one(self, hub: Hub) -> None:
        """Run the job that waits longest, whatever its delay."""
        job, args, _ = self.waiting.pop(0)
        KNOWN[job](hub, *args)

    def run_all(self, hub: Hub) -> None:
        """Run jobs until none waits."""
        while self.waiting:
            self.run_one(hub)
