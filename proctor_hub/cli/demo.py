"""``proctor-hub demo``: the whole story with every part, over real HTTP on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="Leave everything running.")] = False,
    output: Annotated[
        Path, typer.Option(help="Where the reports go; emptied first.", file_okay=False)
    ] = Path("demo-output"),
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder with another plan.toml, roster.csv, story.toml and vendors.toml.",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Play a term's exams with hub, sandboxes and a small LMS; write the reports."""
    from proctor_hub.demo import main  # much code that no other command needs

    raise typer.Exit(main(output, serve, data))
