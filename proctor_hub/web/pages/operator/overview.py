"""``/operator``: how the hub is, and what needs an operator."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from proctor_hub.jobs.overview import Lookout, Overview, look_at_schema
from proctor_hub.jobs.readiness import Finding, Fitness, findings, schema_finding, worst
from proctor_hub.services.breakers import State
from proctor_hub.storage.jobs import JobStatus
from proctor_hub.web.pages.operator import badges
from proctor_hub.web.pages.operator.room import ROOM, operator_router, show
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit

router: APIRouter = operator_router()


@router.get(ROOM)
def overview(request: Request, visit: TheVisit) -> Response:
    """What ``/readyz`` and ``proctor-hub status`` say, five seconds old at most."""
    found = [schema_finding(look_at_schema(visit.hub))]
    seen = None
    if found[0].state is Fitness.OK:
        lookout: Lookout = request.app.state.lookout
        seen = lookout.look()
        found += findings(seen, lag=timedelta(seconds=visit.settings.lag_seconds))
    return show(
        visit,
        "overview.html",
        seen=seen,
        state=badges.FITNESS[worst(found)],
        troubles=_troubles(found),
        tasks=[] if seen is None else _tasks(seen),
        badges=badges,
    )


def _troubles(found: list[Finding]) -> list[Finding]:
    order = {Fitness.FAILED: 0, Fitness.DEGRADED: 1}
    bad = [one for one in found if one.state is not Fitness.OK]
    return sorted(bad, key=lambda one: order[one.state])


def _tasks(seen: Overview) -> list[tuple[str, int, str]]:
    """What waits for an operator: its name, how many, and where they are."""
    failed = sum(one.count for one in seen.jobs if one.status is JobStatus.FAILED)
    paused = sum(one.state is not State.CLOSED for one in seen.breakers)
    return [
        (noted("Parked deliveries"), sum(one.parked for one in seen.backlogs), "/deliveries"),
        (noted("Callbacks in quarantine"), seen.quarantined, "/callbacks?show=quarantined"),
        (noted("Unmatched callbacks"), seen.unsettled["unmatched"], "/callbacks?show=unmatched"),
        (noted("Unparsable callbacks"), seen.unsettled["unparsable"], "/callbacks?show=unparsable"),
        (noted("Callbacks in conflict"), seen.unsettled["conflict"], "/callbacks?show=conflict"),
        (noted("Failed jobs"), failed, "/jobs?status=failed"),
        (noted("Broken vendors"), len(seen.broken_vendors), "/vendors"),
        (noted("Paused destinations"), paused, "/vendors"),
        (noted("Open retirements"), seen.open_retirements, "/retirements?show=open"),
    ]
