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
    print_checks,
)
from proctor_hub.cli.endpoints import check_endpoints
from proctor_hub.cli.output import AsJson, print_json
from proctor_hub.cli.vendors import without_keys
from proctor_hub.services.diagnosis import all_well
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
        print_checks(checks)
    if not all_well(checks):
        raise typer.Exit(1)
