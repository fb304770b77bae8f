"""Queries on machine clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.tables import clients


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """A machine client as stored; digests, never secrets."""

    id: int
    client_id: str
    kind: str
    name: str
    vendor: str | None
    secret_digest: str
    previous_digest: str
    previous_until: datetime | None
    created_at: datetime
    revoked_at: datetime | None


_BY_CLIENT_ID = clients.select().where(clients.c.client_id == bindparam("client_id"))
_PAGE = (
    clients.select()
    .where(clients.c.id > bindparam("after"))
    .order_by(clients.c.id)
    .limit(bindparam("count"))
)
_OF_VENDOR = (
    sa.select(clients.c.client_id)
    .where(clients.c.vendor == bindparam("vendor"), clients.c.revoked_at.is_(None))
    .order_by(clients.c.id)
    .limit(bindparam("count"))
)


def by_client_id(conn: sa.Connection, client_id: str) -> ClientRow | None:
    """The client, revoked or not."""
    row = conn.execute(_BY_CLIENT_ID, {"client_id": client_id}).first()
    return None if row is None else ClientRow(**row._mapping)


def page(conn: sa.Connection, *, after: int, count: int) -> list[ClientRow]:
    """Clients with an id over ``after``, in order."""
    rows = conn.execute(_PAGE, {"after": after, "count": count})
    return [ClientRow(**row._mapping) for row in rows]


def of_vendor(conn: sa.Connection, vendor: str, *, count: int = 20) -> tuple[str, ...]:
    """Client ids of a vendor account that are not revoked, oldest first."""
    return tuple(conn.scalars(_OF_VENDOR, {"vendor": vendor, "count": count}))


def insert(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Insert a client."""
    conn.execute(clients.insert(), dict(values))


def change(conn: sa.Connection, client_id: str, **columns: Any) -> bool:
    """Change columns of a client that is not revoked; False where there is none."""
    statement = clients.update().where(
        clients.c.client_id == client_id, clients.c.revoked_at.is_(None)
    )
    return conn.execute(statement.values(**columns)).rowcount == 1
