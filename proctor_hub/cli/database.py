"""``proctor-hub db``: the database's schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proctor_hub.app import database_answers
from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.schema import embedded_file, schema_revision
from proctor_hub.encryption_keys import keyring_of
from proctor_hub.errors import ConfigurationError
from proctor_hub.settings import HubSettings
from proctor_hub.storage import audit, backup, migrate
from proctor_hub.storage.schema import Standing

group = typer.Typer(no_args_is_help=True, help="The database: schema, backup, restore.")


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


@group.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(help="Where to write the copy; must not exist.")],
) -> None:
    """Copy the embedded database while the hub works; on PostgreSQL use pg_dump."""
    database = embedded_file(HubSettings.load())
    if database is None:
        raise ConfigurationError(
            "The database is PostgreSQL: use pg_dump, as docs/how-to/backup-and-restore.md says."
        )
    backup.copy(database, file)
    typer.echo(f"copied {database} to {file}; keep the keys elsewhere: without them it is useless")


@group.command()
def restored() -> None:
    """Say once, before the first start, that this database is a restored backup.

    Numbers that were given out after the backup are not given again.
    """
    with open_hub() as hub:
        changed = backup.after_restore(hub.database)
        hub.database.write(
            lambda conn: audit.record(
                conn, hub.now(), operator(), "database.restored", detail={"attempts": changed}
            )
        )
    typer.echo(f"attempts whose events go on at higher numbers: {changed}")
