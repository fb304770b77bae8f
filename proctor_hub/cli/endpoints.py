"""``proctor-hub endpoints``: where events go, and why something does not get there."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from proctor_hub.app import build_endpoints
from proctor_hub.cli.output import AsJson, print_json, print_table
from proctor_hub.jobs.webhook import Webhook
from proctor_hub.services import diagnosis
from proctor_hub.services.diagnosis import Check
from proctor_hub.settings import HubSettings
from proctor_hub.transports.endpoint import BrokenEndpoint, Endpoint
from proctor_hub.transports.loader import Endpoints

_UNSIGNED = "its events are not signed, so nobody can tell them from forged ones: set "
_NONE = "no LMS endpoint is configured; events wait in the outbox. Set events_url in [lms]."


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """One configured endpoint.

    :param name: empty for the table ``[lms]`` itself. :param courses: shell patterns; empty: all.
    :param signed: None where that is the transport's own business. :param reason: why it is not
        usable, else empty.
    """

    name: str
    destination: str
    transport: str
    distribution: str
    courses: tuple[str, ...]
    signed: bool | None
    usable: bool
    reason: str


def endpoints(as_json: AsJson = False) -> None:
    """LMS endpoints: transport, courses, and what is wrong with one; needs no database."""
    rows = endpoint_lines(build_endpoints(HubSettings.load()))
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(_NONE, err=True)
        return
    columns = ("destination", "transport", "distribution", "courses", "signed", "usable")
    print_table(columns, (_cells(row) for row in rows))


def endpoint_lines(found: Endpoints) -> list[EndpointLine]:
    """Every configured endpoint, usable ones first."""
    every: list[Endpoint | BrokenEndpoint] = [*found.usable.values(), *found.broken.values()]
    return [_line(one) for one in every]


def check_endpoints(found: Endpoints) -> list[Check]:
    """Every endpoint for ``proctor-hub doctor``; one that does not sign is a warning."""
    checks = [_check(row) for row in endpoint_lines(found)]
    return checks or [diagnosis.warning("endpoints", _NONE)]


def _check(row: EndpointLine) -> Check:
    name = f"endpoint {row.destination}"
    if row.signed is False:
        return diagnosis.warning(name, f"{_UNSIGNED}signing_secret")
    if not row.usable:
        return diagnosis.failed(name, row.reason)
    return diagnosis.ok(name, f"{row.transport} of {row.distribution}")


def _line(one: Endpoint | BrokenEndpoint) -> EndpointLine:
    usable = isinstance(one, Endpoint)
    webhook = one.implementation if isinstance(one, Endpoint) else None
    return EndpointLine(
        name=one.config.name,
        destination=one.config.destination,
        transport=one.config.transport,
        distribution=f"{one.distribution} {one.version}".strip(),
        courses=one.config.courses,
        signed=webhook.signed if isinstance(webhook, Webhook) else None,
        usable=usable,
        reason="" if isinstance(one, Endpoint) else one.reason,
    )


def _cells(row: EndpointLine) -> tuple[object, ...]:
    return (
        row.destination,
        row.transport,
        row.distribution or "-",
        row.courses or "all",
        "-" if row.signed is None else row.signed,
        "yes" if row.usable else f"no: {row.reason}",
    )
