"""Inserts that two callers may make at once: the database decides who was first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

MAX_KEY = 2**63 - 1
"""The largest integer key either database can hold; a larger one names nothing."""


def is_key(value: int) -> bool:
    """Whether ``value`` can be an integer key at all; any other would be a database error."""
    return 0 < value <= MAX_KEY


def insert_missing(conn: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key forbids it; True where it was inserted.

    On PostgreSQL it waits for another transaction that is inserting the same key.
    """
    insert = _insert(conn, table).values(dict(values)).on_conflict_do_nothing()
    returning = insert.returning(*table.primary_key.columns)
    return conn.execute(returning).first() is not None


def upsert(
    conn: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[str],
) -> None:
    """Insert ``rows``; where the key ``keys`` exists, its other given columns are replaced."""
    insert = _insert(conn, table)
    others = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    statement = insert.on_conflict_do_update(index_elements=list(keys), set_=others)
    conn.execute(statement, [dict(row) for row in rows])


def _insert(conn: sa.Connection, table: sa.Table) -> Any:
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
