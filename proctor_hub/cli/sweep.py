"""``proctor-hub sweep``: one round of the clock, for hubs served with ``--no-jobs``."""

from __future__ import annotations

import typer

from proctor_hub.cli.context import open_hub
from proctor_hub.services.access import idempotency
from proctor_hub.services.attempts.sweep import sweep as sweep_attempts


def sweep() -> None:
    """Time out and expire attempts whose time is over; forget old idempotency keys."""
    with open_hub() as hub:
        moved = sweep_attempts(hub)
        forgotten = idempotency.purge(hub)
    typer.echo(f"attempts timed out or expired: {moved}; idempotency keys forgotten: {forgotten}")
