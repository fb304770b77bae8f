"""``proctor-hub status``: how the hub is, on one screen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import typer

from proctor_hub.app import build_endpoints, build_hub, database_answers
from proctor_hub.cli.output import AsJson, print_json, print_table
from proctor_hub.cli.schema import schema_revision
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.overview import Overview, look, look_at_schema
from proctor_hub.jobs.readiness import Finding, Fitness, findings, schema_finding, worst
from proctor_hub.settings import HubSettings


def status(as_json: AsJson = False) -> None:
    """Workers, queues, jobs, callbacks, vendors; makes and changes nothing.

    Exit 1 where something needs a person: anything that is not well.
    """
    settings = HubSettings.load()
    with database_answers():
        if schema_revision(settings) is None:
            raise ConfigurationError(
                "The database has no schema yet: run `proctor-hub db upgrade`, or serve."
            )
    endpoints = build_endpoints(settings)
    hub = build_hub(settings)
    try:
        seen, found = None, [schema_finding(look_at_schema(hub))]
        if found[0].state is Fitness.OK:
            seen = look(hub, [one.destination for one in settings.lms.configs()])
            found += findings(seen, lag=timedelta(seconds=settings.delivery.lag_seconds))
    finally:
        hub.database.close()
    found += [
        Finding(name=f"endpoint {name}", state=Fitness.DEGRADED, detail=one.reason)
        for name, one in endpoints.broken.items()
    ]
    if seen is not None:
        found += _callbacks(seen)
    if as_json:
        print_json(_document(seen, found))
    else:
        _screen(seen, found)
    if worst(found) is not Fitness.OK:
        raise typer.Exit(1)


def _callbacks(seen: Overview) -> list[Finding]:
    """What waits for an operator's word."""
    counts = {**seen.unsettled, "quarantined": seen.quarantined}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    state = Fitness.DEGRADED if told else Fitness.OK
    detail = f"{told}: `proctor-hub callbacks list`" if told else ""
    return [Finding(name="callbacks", state=state, detail=detail)]


def _screen(seen: Overview | None, found: list[Finding]) -> None:
    if seen is not None:
        print_table(
            ("worker", "host", "version", "since", "has claimed"),
            (
                (one.name, one.host, one.version, one.joined_at, seen.claims[one.name] or "-")
                for one in seen.workers
            ),
        )
        print_table(
            ("destination", "waits", "oldest", "parked", "held", "breaker"),
            (
                (
                    one.destination,
                    one.waiting,
                    _age(seen.at, one.oldest),
                    one.parked,
                    one.held,
                    seen.breaker(one.destination).value,
                )
                for one in seen.backlogs
            ),
        )
        if seen.jobs:
            print_table(
                ("job", "state", "count", "oldest"),
                (
                    (one.job, one.status.value, one.count, _age(seen.job_clock, one.oldest))
                    for one in seen.jobs
                ),
            )
        attempts = ", ".join(f"{n} {word}" for word, n in sorted(seen.open_attempts.items()))
        typer.echo(f" open attempts: {attempts or 'none'}")
    troubles = [one for one in found if one.state is not Fitness.OK]
    if troubles:
        rows = ((one.name, one.state.value, one.detail) for one in troubles)
        print_table(("needs a look", "state", "detail"), rows)
    else:
        typer.echo(" nothing needs a person")


def _age(now: datetime, since: datetime | None) -> str:
    if since is None:
        return "-"
    return str(timedelta(seconds=max(int((now - since).total_seconds()), 0)))


def _document(seen: Overview | None, found: list[Finding]) -> dict[str, Any]:
    told: dict[str, Any] = {"state": worst(found).value, "findings": found}
    if seen is None:
        return told
    return {
        **told,
        "workers": [
            {
                "name": one.name,
                "host": one.host,
                "version": one.version,
                "joined_at": one.joined_at,
                "claims": list(seen.claims[one.name]),
            }
            for one in seen.workers
        ],
        "destinations": [
            {
                "name": one.destination,
                "waiting": one.waiting,
                "oldest": one.oldest,
                "parked": one.parked,
                "held": one.held,
                "breaker": seen.breaker(one.destination).value,
            }
            for one in seen.backlogs
        ],
        "jobs": seen.jobs,
        "open_attempts": dict(seen.open_attempts),
        "callbacks": {**seen.unsettled, "quarantined": seen.quarantined},
        "pending_reports": seen.pending_reports,
        "open_retirements": seen.open_retirements,
    }
