"""Queries on kept callbacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.keys import new_id
from proctor_hub.storage.tables import callbacks
from proctor_hub.vendors.receiving import CallbackOutcome, CallbackRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRow:
    """A kept callback; ``request`` is the encrypted raw request."""

    id: int
    received_at: datetime
    vendor: str | None
    route: str
    source: str
    request: bytes
    size: int
    attempt_pk: int | None
    outcome: str
    status: int
    detail: str
    quarantined: bool
    vouched_by: str
    vouched_reason: str
    replayed_at: datetime | None


_INSERT = callbacks.insert()
_SELECT = sa.select(*(callbacks.c[name] for name in CallbackRow.__dataclass_fields__))


def insert(
    conn: sa.Connection,
    *,
    now: datetime,
    vendor: str | None,
    request: CallbackRequest,
    sealed: bytes,
    digest: str,
    outcome: CallbackOutcome,
    attempt_pk: int | None,
    quarantined: bool = False,
    source: str | None = None,
    trace_id: str = "",
) -> int:
    """Keep a callback with what became of it; return its id."""
    row = {
        "received_at": now,
        "vendor": vendor,
        "route": request.route,
        "source": request.source_address if source is None else source,
        "request": sealed,
        "size": len(request.body),
        "digest": digest,
        "attempt_pk": attempt_pk,
        "outcome": outcome.code,
        "status": outcome.status,
        "detail": outcome.detail,
        "quarantined": quarantined,
        "trace_id": trace_id,
    }
    return new_id(conn.execute(_INSERT, row))


def set_outcome(
    conn: sa.Connection, pk: int, outcome: CallbackOutcome, attempt_pk: int | None
) -> None:
    """What became of it, where several events were in one call; the first attempt of them."""
    values = {
        "outcome": outcome.code,
        "status": outcome.status,
        "detail": outcome.detail,
        "attempt_pk": attempt_pk,
    }
    conn.execute(callbacks.update().where(callbacks.c.id == pk).values(values))


def replayed(
    conn: sa.Connection,
    pk: int,
    outcome: CallbackOutcome,
    attempt_pk: int | None,
    stamp: dict[str, Any],
) -> None:
    """It was taken again: what became of it now, and on whose word."""
    values = {
        "outcome": outcome.code,
        "status": outcome.status,
        "detail": outcome.detail,
        "attempt_pk": attempt_pk,
        **stamp,
    }
    conn.execute(callbacks.update().where(callbacks.c.id == pk).values(values))


def by_id(conn: sa.Connection, pk: int) -> CallbackRow | None:
    """One kept callback."""
    row = conn.execute(_SELECT.where(callbacks.c.id == pk)).first()
    return None if row is None else CallbackRow(**row._mapping)


def newest_first(
    conn: sa.Connection,
    *,
    before: int,
    count: int,
    outcome: str | None,
    quarantined: bool | None,
    vendor: str | None = None,
) -> list[CallbackRow]:
    """Kept callbacks with an id under ``before``; None: whatever outcome, quarantined or not, of
    whatever vendor account."""
    query = _SELECT.where(callbacks.c.id < before)
    if vendor is not None:
        # A bound of the index's rows, so that it is this index that is read (see storage/audit.py).
        key, account = sa.tuple_(callbacks.c.vendor, callbacks.c.id), sa.literal(vendor)
        bounds = key >= sa.tuple_(account, sa.literal(0)), key < sa.tuple_(account, before)
        query = _SELECT.where(*bounds).order_by(callbacks.c.vendor.desc())
    if outcome is not None:
        query = query.where(callbacks.c.outcome == outcome)
    if quarantined is not None:
        # As the partial index says it; of the column SQLite is asked "= 1", and walks the table.
        query = query.where(sa.text("quarantined" if quarantined else "NOT quarantined"))
    rows = conn.execute(query.order_by(callbacks.c.id.desc()).limit(count))
    return [CallbackRow(**row._mapping) for row in rows]


def with_outcome(
    conn: sa.Connection, outcome: str, *, after: int, count: int
) -> list[tuple[int, str | None]]:
    """Ids and accounts of those with an outcome and an id over ``after``, the oldest first.

    None that are in quarantine.
    """
    query = (
        sa.select(callbacks.c.id, callbacks.c.vendor)
        .where(callbacks.c.outcome == outcome, callbacks.c.id > after, ~callbacks.c.quarantined)
        .order_by(callbacks.c.id)
        .limit(count)
    )
    return [(pk, vendor) for pk, vendor in conn.execute(query)]


def outcome_locked(conn: sa.Connection, pk: int) -> str:
    """What became of a kept callback so far; nobody else changes it until the commit."""
    query = sa.select(callbacks.c.outcome).where(callbacks.c.id == pk).with_for_update()
    return str(conn.execute(query).scalar_one())


def of_attempt(
    conn: sa.Connection, attempt_pk: int, *, after: int, count: int
) -> list[CallbackRow]:
    """Callbacks about an attempt behind the id ``after``, oldest first."""
    query = _SELECT.where(callbacks.c.attempt_pk == attempt_pk, callbacks.c.id > after)
    rows = conn.execute(query.order_by(callbacks.c.id).limit(count))
    return [CallbackRow(**row._mapping) for row in rows]
