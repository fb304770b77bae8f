"""Whether this version of the hub can work with the schema that the database has now."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables import schema_floor

_REVISION = sa.text("SELECT version_num FROM alembic_version")
_FLOOR = sa.select(schema_floor.c.oldest)


def revision(conn: sa.Connection) -> str:
    """The revision the database is at."""
    return str(conn.execute(_REVISION).scalar_one())


def fits(conn: sa.Connection, found: str, head: str) -> bool:
    """Whether code made for ``head`` works on the revision ``found``.

    It does on its own, and on later ones that still allow it: an old process goes on next to new
    ones while they are exchanged.
    """
    if found == head:
        return True
    floor = conn.execute(_FLOOR).scalar()
    return floor is not None and floor <= head < found
