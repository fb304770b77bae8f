"""Whether this version of the hub can work with the schema that the database has now."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from proctor_hub.storage.tables import schema_floor

_REVISION = sa.text("SELECT version_num FROM alembic_version")
_FLOORS = sa.select(schema_floor.c.oldest)


def revision(conn: sa.Connection) -> str:
    """The revision the database is at."""
    return str(conn.execute(_REVISION).scalar_one())


def fits(conn: sa.Connection, found: str, known: Sequence[str]) -> bool:
    """Whether code that knows these revisions, the oldest first, works on the revision ``found``.

    The rule of :func:`proctor_hub.storage.migrate.standing`, by a connection of the pool.
    """
    if found in known:
        return found == known[-1]
    return set(conn.scalars(_FLOORS)) <= set(known)
