"""Whether the jobs get done: what readiness, metrics and ``proctor-hub status`` ask."""

from __future__ import annotations

from proctor_hub.jobs.catalogue import JOBS, patience
from proctor_hub.services.hub import Hub
from proctor_hub.storage import jobs as store
from proctor_hub.storage.jobs import JobCount, LateJob


def stale(hub: Hub) -> list[LateJob]:
    """Jobs that wait or run for longer than their kind may, and those nobody knows how to run.

    The oldest first, 200 at most. Where there is one, something is wrong: the hub is not ready.
    """
    with hub.database.read() as conn:
        return store.late(conn, patience(JOBS.values()))


def counts(hub: Hub) -> list[JobCount]:
    """How many jobs wait, run or have failed, of each kind, and since when."""
    with hub.database.read() as conn:
        return store.counts(conn)
