"""How the hub is, seen from its database: the same from every process, read at most so often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from proctor_hub.jobs.catalogue import JOBS, patience
from proctor_hub.services.breakers import State
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import LMS, MAIL, is_vendor, vendor_destination
from proctor_hub.storage import jobs, migrate, outbox, schema, workers
from proctor_hub.storage import overview as store
from proctor_hub.storage.breakers import Breaker
from proctor_hub.storage.jobs import JobCount, LateJob
from proctor_hub.storage.overview import Backlog
from proctor_hub.storage.schema import Standing
from proctor_hub.storage.workers import Worker

FRESH_SECONDS = 5.0
"""How old what is shown may be: scrapers and probes of many processes must cost little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSeen:
    """The circuit breaker of a destination; ``failures`` in a row, with the last one's reason."""

    destination: str
    state: State
    failures: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The hub at one moment. No personal data.

    :param claims: living worker → what it has claimed.
    :param job_clock: the time that those of jobs are to be compared with.
    :param jobs: those that wait, run or have failed, by kind. :param late: those that wait or run
        for longer than they may.
    :param open_attempts: status → how many the hub still expects something of.
    :param unsettled: outcome → callbacks that had no effect.
    :param open_retirements: those that some vendor has not confirmed yet.
    :param no_way: destinations that something waits for and nothing is configured for.
    :param broken_vendors: slug → why its plugin cannot be used.
    """

    at: datetime
    workers: tuple[Worker, ...]
    claims: Mapping[str, tuple[str, ...]]
    backlogs: tuple[Backlog, ...]
    breakers: tuple[BreakerSeen, ...]
    job_clock: datetime
    jobs: tuple[JobCount, ...]
    late: tuple[LateJob, ...]
    open_attempts: Mapping[str, int]
    quarantined: int
    unsettled: Mapping[str, int]
    pending_reports: int
    oldest_report: datetime | None
    open_retirements: int
    no_way: frozenset[str]
    broken_vendors: Mapping[str, str]

    def breaker(self, destination: str) -> State:
        """The state of a destination's breaker."""
        found = [one.state for one in self.breakers if one.destination == destination]
        return found[0] if found else State.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSeen:
    """The database's revision, and whether this version of the hub can work with it."""

    revision: str
    fits: bool


def look_at_schema(hub: Hub) -> SchemaSeen:
    """The database's schema, read now.

    :raises sqlalchemy.exc.SQLAlchemyError: the database does not answer, or has no schema.
    """
    with hub.database.read() as conn:
        revision = schema.revision(conn)
        stands = schema.standing(conn, revision, _known())
    return SchemaSeen(revision=revision, fits=stands in (Standing.CURRENT, Standing.NEWER))


class Lookout:
    """Looks, and remembers for a moment what it saw; thread-safe.

    :param endpoints: the destinations of the configured LMS endpoints.
    :param fresh_seconds: how long what was seen is good. :param monotonic: seconds.
    """

    def __init__(
        self,
        hub: Hub,
        endpoints: Iterable[str] = (LMS,),
        *,
        fresh_seconds: float = FRESH_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._fresh_seconds = fresh_seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._endpoints = frozenset(endpoints)
        self._known: frozenset[str] = frozenset()
        self._last: tuple[float, Overview] | None = None

    def look(self) -> Overview:
        """The hub as it was at most ``fresh_seconds`` ago; those who ask at once wait for one."""
        with self._lock:
            now = self._monotonic()
            if self._last is None or now - self._last[0] >= self._fresh_seconds:
                seen = look(self._hub, self._endpoints, self._known)
                # What had something to deliver once is shown with zero from then on.
                self._known |= {one.destination for one in seen.backlogs}
                self._last = (now, seen)
            return self._last[1]


def look(
    hub: Hub, endpoints: Iterable[str] = (LMS,), more: frozenset[str] = frozenset()
) -> Overview:
    """The hub as it is now.

    :param endpoints: the destinations of the configured LMS endpoints.
    :param more: to tell of besides those, the vendors' and those that something waits for.
    """
    at = hub.now()
    seen = {one.name: one for one in hub.breakers.every()}
    slugs = [*hub.vendors.vendors, *hub.vendors.broken]
    with hub.database.read() as conn:
        living = workers.living(conn, hub.limits.lease_seconds)
        claims = store.claimed(conn)
        ways = {*map(vendor_destination, slugs), *endpoints, *((MAIL,) if hub.mails else ())}
        waiting = outbox.destinations(conn)
        names = {*ways, *waiting, *more, *seen}
        pending, oldest_report = store.pending_reports(conn)
        return Overview(
            at=at,
            workers=tuple(living),
            claims={one.name: claims.get(one.name, ()) for one in living},
            backlogs=tuple(store.backlog(conn, name, at) for name in sorted(names)),
            breakers=tuple(_breaker(hub, name, seen.get(name)) for name in sorted(names)),
            job_clock=workers.clock(conn),
            jobs=tuple(jobs.counts(conn)),
            late=tuple(jobs.late(conn, patience(JOBS.values()))),
            open_attempts=store.open_attempts(conn),
            quarantined=store.quarantined(conn),
            unsettled=store.unsettled(conn),
            pending_reports=pending,
            oldest_report=oldest_report,
            open_retirements=store.open_retirements(conn),
            no_way=frozenset(n for n in waiting if n not in ways and not is_vendor(n)),
            broken_vendors={slug: one.reason for slug, one in hub.vendors.broken.items()},
        )


def _breaker(hub: Hub, name: str, row: Breaker | None) -> BreakerSeen:
    if row is None:
        return BreakerSeen(destination=name, state=State.CLOSED)
    return BreakerSeen(
        destination=name,
        state=hub.breakers.state(name),
        failures=row.failures,
        last_error=row.last_error,
    )


@cache
def _known() -> tuple[str, ...]:
    return tuple(migrate.revisions())
