"""How much of each source is in quarantine."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from proctor_hub.storage.tables import callbacks
from proctor_hub.storage.tables import quarantine_counts as counts
from proctor_hub.storage.upsert import insert_missing


def take(
    conn: sa.Connection, source: str, size: int, *, items: int, octets: int, now: datetime
) -> bool:
    """Count a call of ``size`` bytes against its source's share; False: it only was counted.

    One conditional update decides, so that two calls at once cannot share the last place.
    """
    insert_missing(conn, counts, {"source": source, "last_at": now})
    mine = counts.c.source == source
    fits = (counts.c.kept < items) & (counts.c.kept_bytes + size <= octets)
    kept = (
        counts.update()
        .where(mine, fits)
        .values(kept=counts.c.kept + 1, kept_bytes=counts.c.kept_bytes + size, last_at=now)
    )
    if conn.execute(kept).rowcount == 1:
        return True
    conn.execute(counts.update().where(mine).values(dropped=counts.c.dropped + 1, last_at=now))
    return False


def give_back(conn: sa.Connection, callback_pk: int) -> None:
    """A quarantined callback was vouched for: its place is free again, once."""
    mine = callbacks.c.id == callback_pk
    released = (
        callbacks.update()
        .where(mine, callbacks.c.quarantined)
        .values(quarantined=False)
        .returning(callbacks.c.source, callbacks.c.size)
    )
    row = conn.execute(released).first()
    if row is not None:
        conn.execute(
            counts.update()
            .where(counts.c.source == row.source)
            .values(kept=counts.c.kept - 1, kept_bytes=counts.c.kept_bytes - row.size)
        )
