"""Whether this version of the hub can work with the schema that the database has now."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import sqlalchemy as sa

from proctor_hub.storage.tables import schema_floor

_REVISION = sa.text("SELECT version_num FROM alembic_version")
_FLOORS = sa.select(schema_floor.c.oldest)


class Standing(StrEnum):
    """How a database's schema and this version of the hub go together."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer, and this version may still work on it"
    TOO_NEW = "too new"


def revision(conn: sa.Connection) -> str:
    """The revision the database is at."""
    return str(conn.execute(_REVISION).scalar_one())


def standing(conn: sa.Connection, found: str | None, known: Sequence[str]) -> Standing:
    """How the revision ``found`` and code that knows these revisions go together.

    Migrations expand first and contract later, so a newer schema may still fit: it names the
    oldest revision whose code may work on it (``schema_floor``).

    :param found: the database's; None: nobody has migrated it. :param known: the oldest first.
    """
    if found is None or found in known[:-1]:
        return Standing.OLDER
    if found == known[-1]:
        return Standing.CURRENT
    return Standing.NEWER if set(conn.scalars(_FLOORS)) <= set(known) else Standing.TOO_NEW
