"""Whether the hub does its work: what has to be right, and what a person should look at.

``failed``: what is accepted now may not be done in time. ``degraded``: the hub works, and something
needs a person, or a vendor or LMS that does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from proctor_hub.jobs.overview import Overview, SchemaSeen
from proctor_hub.services.breakers import State
from proctor_hub.storage.jobs import JobStatus


class Fitness(StrEnum):
    """How a part of the hub is."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``detail`` for operators, without personal data."""

    name: str
    state: Fitness
    detail: str = ""


def findings(seen: Overview, *, lag: timedelta) -> list[Finding]:
    """Everything there is to say, besides :func:`schema_finding`.

    :param lag: how long something may be due without being delivered, while its destination
        answers.
    """
    return [
        _workers(seen),
        _jobs(seen),
        *_deliveries(seen, lag),
        *_breakers(seen),
        *(
            Finding(name=f"vendor {slug}", state=Fitness.DEGRADED, detail=reason)
            for slug, reason in seen.broken_vendors.items()
        ),
    ]


def worst(found: list[Finding]) -> Fitness:
    """The state of the whole."""
    states = {one.state for one in found}
    for state in (Fitness.FAILED, Fitness.DEGRADED):
        if state in states:
            return state
    return Fitness.OK


def schema_finding(seen: SchemaSeen) -> Finding:
    """Whether the database's schema is one for this version; if not, nothing else can be asked."""
    if seen.fits:
        return Finding(name="schema", state=Fitness.OK, detail=seen.revision)
    detail = f"the database is at {seen.revision}: run `proctor-hub db upgrade`, or this is too old"
    return Finding(name="schema", state=Fitness.FAILED, detail=detail)


def _workers(seen: Overview) -> Finding:
    if seen.workers:
        return Finding(name="workers", state=Fitness.OK, detail=f"{len(seen.workers)} alive")
    detail = "nobody delivers or runs jobs: start `proctor-hub worker`, or `serve` with jobs"
    return Finding(name="workers", state=Fitness.FAILED, detail=detail)


def _jobs(seen: Overview) -> Finding:
    if seen.late:
        first = seen.late[0]
        detail = f"{len(seen.late)} late; {first.job} {first.status} since {_moment(first.since)}"
        return Finding(name="jobs", state=Fitness.FAILED, detail=detail)
    failed = sum(one.count for one in seen.jobs if one.status is JobStatus.FAILED)
    if failed:
        detail = f"{failed} failed: `proctor-hub jobs`"
        return Finding(name="jobs", state=Fitness.DEGRADED, detail=detail)
    return Finding(name="jobs", state=Fitness.OK)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def _deliveries(seen: Overview, lag: timedelta) -> Iterator[Finding]:
    for one in seen.backlogs:
        name = f"deliveries {one.destination}"
        if one.destination in seen.no_way:
            detail = f"{one.waiting} wait, and nothing of that name is configured"
            yield Finding(name=name, state=Fitness.DEGRADED, detail=detail)
            continue
        calm = seen.breaker(one.destination) is State.CLOSED
        if calm and one.due_since is not None and seen.at - one.due_since > lag:
            detail = f"due since {_moment(one.due_since)}, {one.waiting} wait"
            yield Finding(name=name, state=Fitness.FAILED, detail=detail)
        elif one.parked:
            detail = f"{one.parked} parked: `proctor-hub deliveries list`"
            yield Finding(name=name, state=Fitness.DEGRADED, detail=detail)
        else:
            yield Finding(name=name, state=Fitness.OK, detail=f"{one.waiting} wait")


def _breakers(seen: Overview) -> Iterator[Finding]:
    for one in seen.breakers:
        closed = one.state is State.CLOSED
        detail = "" if closed else f"{one.state} after {one.failures} failures: {one.last_error}"
        state = Fitness.OK if closed else Fitness.DEGRADED
        yield Finding(name=f"breaker {one.destination}", state=state, detail=detail)
