"""``proctor-hub db``: the database's schema."""

from __future__ import annotations

import typer

from proctor_hub.app import database_answers
from proctor_hub.cli.schema import schema_revision
from proctor_hub.encryption_keys import keyring_of
from proctor_hub.settings import HubSettings
from proctor_hub.storage import migrate
from proctor_hub.storage.migrate import Standing

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
        standing = Standing.OLDER if revision is None else migrate.standing(settings.url)[0]
    if standing is Standing.CURRENT:
        typer.echo(f"{revision} (current)")
        return
    if standing is Standing.OLDER:
        advice = f"this version needs {head}; run `proctor-hub db upgrade`"
    else:
        advice = f"{standing.value}, which knows {head}"
    typer.echo(f"{revision or 'none'} ({advice})")
    raise typer.Exit(1)
