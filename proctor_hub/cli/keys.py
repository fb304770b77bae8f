"""``proctor-hub keys``: encryption keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from proctor_hub.encryption_keys import VARIABLE, new_key
from proctor_hub.errors import ConfigurationError

group = typer.Typer(no_args_is_help=True, help="Encryption keys.")


@group.command()
def new(
    key_id: Annotated[
        str | None, typer.Option("--id", help="The key's id; by default the time, to the second.")
    ] = None,
) -> None:
    """Print a new key. Put it first, the first one writes; keep the others to read by."""
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ") if key_id is None else key_id
    usable = 1 <= len(name) <= 32 and name.isascii() and name.isprintable()
    if not usable or set(name) & set(":, "):
        raise ConfigurationError(
            "--id: give 1 to 32 printable ASCII characters without colon, comma and space."
        )
    typer.echo(new_key(name))
    typer.echo(f"Put it first in {VARIABLE}, before a comma and the keys there are.", err=True)
