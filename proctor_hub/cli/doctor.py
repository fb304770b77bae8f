"""``proctor-hub doctor``: is this installation fit to serve?"""

from __future__ import annotations

import typer

from proctor_hub.app import build_endpoints, build_registry
from proctor_hub.cli.checks import (
    check_database,
    check_keys,
    check_mail,
    check_reports,
    check_sqlite,
    check_vendors,
)
from proctor_hub.cli.endpoints import check_endpoints
from proctor_hub.cli.output import AsJson, print_json, print_table
from proctor_hub.cli.vendors import without_keys
from proctor_hub.settings import HubSettings, config_file


def doctor(as_json: AsJson = False) -> None:
    """Look at SQLite, keys, database, mail server, reports' place, vendors and LMS endpoints.

    Exit 1 where one is not well; a warning is no reason to."""
    settings = HubSettings.load()
    checks = [
        check_sqlite(settings),
        check_keys(settings),
        check_database(settings),
        *check_mail(settings),
        check_reports(settings),
        *check_vendors(build_registry(without_keys(settings))),
        *check_endpoints(build_endpoints(settings)),
    ]
    if as_json:
        print_json(checks)
    else:
        file = config_file()
        typer.echo(f"configuration: {file if file.is_file() else f'no file {file}, environment'}")
        rows = ((one.name, one.state, one.detail) for one in checks)
        print_table(("what", "state", "detail"), rows)
    if not all(one.ok for one in checks):
        raise typer.Exit(1)
