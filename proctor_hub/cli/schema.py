"""Where the database's schema stands, asked without making anything."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from proctor_hub.settings import HubSettings
from proctor_hub.storage import migrate


def embedded_file(settings: HubSettings) -> Path | None:
    """The file of an embedded database, whether it exists or not; None on a server."""
    if not settings.embedded:
        return None
    return Path(sa.engine.make_url(settings.url).database or "")


def schema_revision(settings: HubSettings) -> str | None:
    """The revision the database is at; None: nobody has made a schema. Makes no file."""
    file = embedded_file(settings)
    if file is not None and not file.exists():
        return None
    return migrate.current(settings.url)
