"""``proctor-hub jobs``: long work; what waits, runs, is done or has failed, and trying again."""

from __future__ import annotations

from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, print_json, print_table
from proctor_hub.services.jobs import list_jobs, retry_job
from proctor_hub.storage.jobs import JobStatus

group = typer.Typer(help="Long work: the list, without a command; retry.")

_COLUMNS = ("key", "job", "status", "queued_at", "started_at", "starts", "worker", "error")


@group.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    status: Annotated[JobStatus | None, typer.Option(help="Only those with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier list.")] = None,
    as_json: AsJson = False,
) -> None:
    """Jobs, the last queued first."""
    if context.invoked_subcommand is not None:
        return
    with open_hub() as hub:
        found = list_jobs(hub, operator(), status=status, cursor=cursor, limit=limit)
    if as_json:
        print_json({"items": found.items, "next_cursor": found.next_cursor})
        return
    rows = ([getattr(item, name) for name in _COLUMNS] for item in found.items)
    print_table([name.replace("_at", "") for name in _COLUMNS], rows)
    if found.next_cursor is not None:
        typer.echo(f"more: --cursor {found.next_cursor}")


@group.command()
def retry(
    key: Annotated[str, typer.Argument(help="The job's key, as the list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Have a failed job tried again, from the beginning."""
    with open_hub() as hub:
        row = retry_job(hub, operator(), key)
    if as_json:
        print_json(row)
    else:
        typer.echo(f"job {row.key} ({row.job}) is {row.status.value}")
