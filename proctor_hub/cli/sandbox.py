"""``proctor-hub sandbox``: an installed vendor's simulation, as a server of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Annotated

import typer

from proctor_hub.cli.serve import Host
from proctor_hub.errors import ConfigurationError

SANDBOXES_GROUP = "proctor_hub.sandboxes"
"""Entry-point group; the value is ``run(host, port, options)``, which serves until interrupted."""

Run = Callable[[str, int, Mapping[str, str]], None]


def sandbox(
    name: Annotated[str | None, typer.Argument(help="Which one; without: list them.")] = None,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 9000,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="key=value, as its README says.")
    ] = None,
) -> None:
    """Serve a vendor's simulation. Never expose it: its steering door has no login."""
    points = {point.name: point for point in metadata.entry_points(group=SANDBOXES_GROUP)}
    if name is None:
        for known in sorted(points):
            typer.echo(known)
        return
    options = _parsed(option or [])
    if name not in points:
        known = ", ".join(sorted(points)) or "none"
        raise ConfigurationError(f"No sandbox {name!r} is installed (installed: {known}).")
    run: Run = points[name].load()
    try:
        run(host, port, options)
    except ValueError as error:  # the sandbox's own word for an option it cannot use
        raise ConfigurationError(f"The sandbox {name} cannot start: {error}") from error


def _parsed(given: list[str]) -> dict[str, str]:
    options = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise ConfigurationError("-o is key=value; one that was given has no key or no '='.")
        options[key] = value
    return options
