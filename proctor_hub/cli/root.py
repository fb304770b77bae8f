"""The application all commands hang on, and the options all of them share."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from proctor_hub.cli import (
    callbacks,
    clients,
    database,
    deliveries,
    jobs,
    keys,
    mail,
    retirements,
    staff,
)
from proctor_hub.cli.check import check
from proctor_hub.cli.demo import demo
from proctor_hub.cli.doctor import doctor
from proctor_hub.cli.endpoints import endpoints
from proctor_hub.cli.new_plugin import new_plugin
from proctor_hub.cli.openapi import openapi
from proctor_hub.cli.record import record_exchanges
from proctor_hub.cli.sandbox import sandbox
from proctor_hub.cli.serve import serve
from proctor_hub.cli.sign_ins import group as sign_ins
from proctor_hub.cli.sign_ins import sign_in_link
from proctor_hub.cli.state import state
from proctor_hub.cli.status import status
from proctor_hub.cli.sweep import sweep
from proctor_hub.cli.vendors import vendors
from proctor_hub.cli.worker import worker

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="The layer between a learning platform and the companies that proctor its exams.",
)

_COMMANDS = (
    serve,
    worker,
    vendors,
    check,
    endpoints,
    doctor,
    status,
    sweep,
    sandbox,
    demo,
    new_plugin,
    openapi,
)
for command in (*_COMMANDS, sign_in_link):
    app.command()(command)
app.command("record")(record_exchanges)
app.add_typer(database.group, name="db")
app.add_typer(clients.group, name="clients")
app.add_typer(staff.group, name="staff")
app.add_typer(sign_ins, name="sign-ins")
app.add_typer(callbacks.group, name="callbacks")
app.add_typer(deliveries.group, name="deliveries")
app.add_typer(jobs.group, name="jobs")
app.add_typer(keys.group, name="keys")
app.add_typer(retirements.group, name="retirements")
app.add_typer(mail.group, name="mail")


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
