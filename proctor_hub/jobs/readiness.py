"""Whether the hub does its work: what has to be right, and what a person should look at.

``failed``: what is accepted now may not be done in time. ``degraded``: the hub works, and something
needs a person, or a vendor or LMS that does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from proctor_hub.domain.told import Told, told, worded
from proctor_hub.jobs.overview import BreakerSeen, Overview, SchemaSeen
from proctor_hub.services.breakers import LABELS as BREAKER_LABELS
from proctor_hub.services.breakers import State
from proctor_hub.storage.jobs import LABELS as JOB_LABELS
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
    detail = told(
        "the database is at %(revision)s: run `proctor-hub db upgrade`, or this is too old",
        revision=seen.revision,
    )
    return Finding(name="schema", state=Fitness.FAILED, detail=detail)


def _workers(seen: Overview) -> Finding:
    if seen.workers:
        return Finding(
            name="workers",
            state=Fitness.OK,
            detail=told("%(count)s alive", count=len(seen.workers)),
        )
    detail = told("nobody delivers or runs jobs: start `proctor-hub worker`, or `serve` with jobs")
    return Finding(name="workers", state=Fitness.FAILED, detail=detail)


def _jobs(seen: Overview) -> Finding:
    if seen.late:
        first = seen.late[0]
        detail = told(
            "%(count)s late; %(job)s “%(status)s” since %(since)s",
            count=len(seen.late),
            job=first.job,
            status=worded(first.status, JOB_LABELS[first.status]),
            since=first.since,
        )
        return Finding(name="jobs", state=Fitness.FAILED, detail=detail)
    failed = sum(one.count for one in seen.jobs if one.status is JobStatus.FAILED)
    if failed:
        detail = told("%(count)s failed: `proctor-hub jobs`", count=failed)
        return Finding(name="jobs", state=Fitness.DEGRADED, detail=detail)
    return Finding(name="jobs", state=Fitness.OK)


def _deliveries(seen: Overview, lag: timedelta) -> Iterator[Finding]:
    for one in seen.backlogs:
        name = f"deliveries {one.destination}"
        if one.destination in seen.no_way:
            detail = told(
                "%(count)s wait, and nothing of that name is configured", count=one.waiting
            )
            yield Finding(name=name, state=Fitness.DEGRADED, detail=detail)
            continue
        calm = seen.breaker(one.destination) is State.CLOSED
        if calm and one.due_since is not None and seen.at - one.due_since > lag:
            detail = told(
                "due since %(since)s, %(count)s wait",
                since=one.due_since,
                count=one.waiting,
            )
            yield Finding(name=name, state=Fitness.FAILED, detail=detail)
        elif one.parked:
            detail = told("%(count)s parked: `proctor-hub deliveries list`", count=one.parked)
            yield Finding(name=name, state=Fitness.DEGRADED, detail=detail)
        else:
            yield Finding(
                name=name, state=Fitness.OK, detail=told("%(count)s wait", count=one.waiting)
            )


def _breakers(seen: Overview) -> Iterator[Finding]:
    for one in seen.breakers:
        closed = one.state is State.CLOSED
        detail = "" if closed else _failing(one)
        state = Fitness.OK if closed else Fitness.DEGRADED
        yield Finding(name=f"breaker {one.destination}", state=state, detail=detail)


def _failing(one: BreakerSeen) -> Told:
    return told(
        "“%(state)s” after %(count)s failures: %(error)s",
        state=worded(one.state, BREAKER_LABELS[one.state]),
        count=one.failures,
        error=one.last_error,
    )
