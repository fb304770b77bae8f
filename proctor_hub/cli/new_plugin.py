"""``proctor-hub new-plugin``: the beginning of a vendor's plugin, which works."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from proctor_hub.scaffold import Names, Protocol, write

_PAGES = ("docs/tutorials/first-plugin.md", "docs/how-to/new-plugin.md", "docs/reference/hooks.md")
"""Paths, because the repository has no public address yet."""


def new_plugin(
    name: Annotated[str, typer.Argument(help="Small letters, digits, hyphens: acme-labs.")],
    protocol: Annotated[
        Protocol,
        typer.Option(
            help="rest: the vendor speaks the REST protocol of Open edX proctoring services; "
            "plain: one of its own."
        ),
    ] = Protocol.PLAIN,
    shown: Annotated[
        str, typer.Option("--name", help="The vendor as people know it; else made from NAME.")
    ] = "",
    into: Annotated[
        Path, typer.Option(help="Where the plugin's folder is made.", file_okay=False)
    ] = Path(),
) -> None:
    """Write a vendor's plugin with sandbox, tests and demo; it works, and is yours to change."""
    folder = write(Names(name, shown), protocol, into)
    typer.echo(f"{folder} holds your plugin; its README.md says what each file is for. Next:")
    typer.echo(f'  cd {quote(str(folder))} && pip install -e ".[testing]" && pytest')
    typer.echo("  proctor-hub demo --data demo    # a course with it, launch to verdict")
    typer.echo(f"Documentation, in proctor_hub's repository: {', '.join(_PAGES)}")
