"""``cli.md``: every command of ``proctor-hub``, as the application defines it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from proctor_hub.cli.root import app

from . import text

_INTRO = """
`proctor-hub` is the host's command. It reads the [settings](settings.md) of the working
directory. Exit status: 0; 1 for what could not be done; 2 for a wrong configuration or wrong use.
Errors are one sentence on standard error. `proctor-hub COMMAND --help` says the same as this
page.
"""


def commands() -> dict[str, Any]:
    """Full name of each command (``clients create``) → the command object."""
    return dict(_walk(typer.main.get_command(app), ()))


def build() -> str:
    """The page."""
    parts = [f"## `{name}`\n\n{_command(one)}" for name, one in commands().items()]
    return text.page("Command line", _INTRO, *parts)


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    nested = getattr(command, "commands", None)
    if nested is None:
        yield " ".join(path), command
        return
    if not path:
        yield "proctor-hub", command
    for name, one in nested.items():
        yield from _walk(one, (*path, name))


def _command(command: Any) -> str:
    rows = []
    for one in command.params:
        if one.name == "help":
            continue
        names = ", ".join(text.code(word) for word in [*one.opts, *one.secondary_opts])
        if one.param_type_name == "argument":
            names = text.code(str(one.name).upper())
        rows.append([names, _needed(one), " ".join((getattr(one, "help", "") or "").split())])
    told = inspect.cleandoc(command.help or "").split("\f")[0]
    return told + ("\n\n" + text.table(["", "", "meaning"], rows) if rows else "")


def _needed(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if callable(value) or value in (None, False, (), []):
        return ""
    return f"default {text.code(str(value))}"
