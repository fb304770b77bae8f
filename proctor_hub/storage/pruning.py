"""Deleting what was delivered long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from proctor_hub.storage.tables import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """``last``: the id to go on after; None: nothing older is left."""

    deleted: int
    last: int | None


def delivered(conn: sa.Connection, *, after: int, before: datetime, count: int) -> Piece:
    """Of the next ``count`` rows over ``after``, delete those delivered ``before``.

    By id, which is the order in which rows were put in: the look ends at the first that is younger.
    """
    heads = conn.execute(
        sa.select(outbox.c.id, outbox.c.created_at, outbox.c.delivered_at)
        .where(outbox.c.id > after)
        .order_by(outbox.c.id)
        .limit(count)
    ).all()
    old = [
        head.id for head in heads if head.delivered_at is not None and head.delivered_at < before
    ]
    if old:
        conn.execute(outbox.delete().where(outbox.c.id.in_(old)))
    more = len(heads) == count and heads[-1].created_at < before
    return Piece(deleted=len(old), last=heads[-1].id if more else None)
