"""The application all groups of commands hang on, and the options all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="The layer between a learning platform and the companies that proctor its exams.",
)


@dataclass(slots=True)
class State:
    """What the options before the command said; one command per process."""

    debug: bool = False


state = State()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"proctor-hub {version('proctor-hub')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error arose.")] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
) -> None:
    """Keep what holds for every command."""
    state.debug = debug
