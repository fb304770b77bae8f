"""``/healthz``: whether this process can serve. ``/readyz``: whether the hub does its work."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import Field

from proctor_hub.jobs.overview import Lookout, look_at_schema
from proctor_hub.jobs.readiness import Fitness, findings, schema_finding, worst
from proctor_hub.web.context import TheHub, web_settings
from proctor_hub.web.models_base import Out
from proctor_hub.web.watchers import may_watch

router = APIRouter(tags=["health"])

_STATUS: dict[Fitness, Literal["ready", "degraded", "unready"]] = {
    Fitness.OK: "ready",
    Fitness.DEGRADED: "degraded",
    Fitness.FAILED: "unready",
}


class Health(Out):
    """This process and its database answer."""

    status: Literal["ok"]
    vendors: int = Field(description="Usable vendor accounts")
    broken_vendors: int = Field(description="Configured accounts that cannot be used")


class FindingOut(Out):
    """One thing that was looked at."""

    name: str
    state: Fitness
    detail: str = Field(description="For those who may read the metrics; empty for others")


class Readiness(Out):
    """Whether the hub does its work."""

    status: Literal["ready", "degraded", "unready"] = Field(
        description="`degraded`: it works, and a person, a vendor or an LMS is waited for"
    )
    checks: list[FindingOut]


@router.get("/healthz", summary="Whether the hub can serve")
def healthz(hub: TheHub) -> Health:
    """503 while the database does not answer."""
    with hub.database.read() as conn:
        conn.execute(sa.text("SELECT 1"))
    return Health(
        status="ok", vendors=len(hub.vendors.vendors), broken_vendors=len(hub.vendors.broken)
    )


@router.get(
    "/readyz",
    summary="Whether the hub does its work",
    responses={503: {"model": Readiness, "description": "It does not; the checks say why"}},
)
def readyz(hub: TheHub, request: Request, response: Response) -> Readiness:
    """503 while what is accepted may not be done in time: the database does not answer, its
    schema is not this version's, no worker lives, or something has been due for too long. A vendor
    or LMS that does not answer makes it `degraded`, with 200. Findings are five seconds old at
    most."""
    found = [schema_finding(look_at_schema(hub))]
    if found[0].state is Fitness.OK:
        lookout: Lookout = request.app.state.lookout
        lag = timedelta(seconds=web_settings(request).lag_seconds)
        found += findings(lookout.look(), lag=lag)
    state = worst(found)
    if state is Fitness.FAILED:
        response.status_code = 503
    told = may_watch(request)
    return Readiness(
        status=_STATUS[state],
        checks=[
            FindingOut(name=one.name, state=one.state, detail=one.detail if told else "")
            for one in found
        ],
    )
