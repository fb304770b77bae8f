"""``proctor-hub sweep``: every round once, for hubs whose rounds no process does."""

from __future__ import annotations

import typer

from proctor_hub.cli.context import open_hub
from proctor_hub.jobs.rounds import rounds_of


def sweep() -> None:
    """Do every round once: time out attempts, poll vendors, forget what is old, and the like."""
    with open_hub() as hub:
        for one in rounds_of(hub):
            typer.echo(f"{one.name}: {one.run(hub)}")
