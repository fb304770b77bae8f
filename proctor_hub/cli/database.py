"""``proctor-hub db``: the database's schema."""

from __future__ import annotations

import typer

from proctor_hub.app import database_answers
from proctor_hub.cli.schema import schema_revision
from proctor_hub.encryption_keys import keyring_of
from proctor_hub.settings import HubSettings
from proctor_hub.storage import migrate

group = typer.Typer(no_args_is_help=True, help="The database's schema.")


@group.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; creates it at need."""
    settings = HubSettings.load()
    if settings.embedded:
        keyring_of(settings)  # made before the database is, so that a lost one is noticed
    with database_answers():
        before = schema_revision(settings)
    migrate.upgrade(settings.url)
    after = schema_revision(settings)
    typer.echo(f"current already: {after}" if before == after else f"upgraded to {after}")


@group.command()
def current() -> None:
    """Say which schema the database has; exit 1 where it is not this version's."""
    settings, head = HubSettings.load(), migrate.head()
    with database_answers():
        revision = schema_revision(settings)
    if revision == head:
        typer.echo(f"{revision} (current)")
        return
    typer.echo(f"{revision or 'none'} (this version needs {head}; run `proctor-hub db upgrade`)")
    raise typer.Exit(1)
