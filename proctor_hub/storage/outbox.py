"""Queries of the relay: what waits in the outbox, what was delivered, what has to wait (design §4).

Rows are put in by the transaction that changes the state (``storage.attempts.insert_outbox``).
A stream is delivered in the order of its ``seq``. When a row has to wait or is parked, those behind
it in its stream are put off as long, so that looking for work never passes over them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.tables import outbox

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""When a row that nobody has tried yet is due: always, even if the clock is set back."""

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a parked row is due."""

LONGEST_POSTPONEMENT = timedelta(hours=2)
"""Nothing is put off further than this, so what is was so before the clock was set back."""

TIDIED = 1000
"""Rows put right by one :func:`tidy` at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One effect to deliver; ``tries`` counts the attempts at it that failed so far.

    ``event_id`` stays the same however often it is delivered; ``seq`` orders a stream.
    ``trace_id`` is the request that caused it.
    """

    id: int
    event_id: str
    stream: str
    seq: int
    kind: str
    attempt_pk: int | None
    payload: dict[str, Any]
    tries: int
    created_at: datetime = AT_ONCE
    next_try_at: datetime = AT_ONCE
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A delivery that failed: when to try again, and why (short, without personal data).

    ``parked``: not again by itself; ``next_try_at`` is :data:`NEVER`.
    """

    row: OutboxRow
    tries: int
    next_try_at: datetime
    error: str
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One of ``of`` parts of a destination's streams; which one a stream is in never changes."""

    number: int
    of: int


_NOW = bindparam("at_now", type_=outbox.c.next_try_at.type)
_EARLIER = outbox.alias("earlier")
_BEHIND = (
    (_EARLIER.c.destination == outbox.c.destination)
    & (_EARLIER.c.stream == outbox.c.stream)
    & (_EARLIER.c.seq < outbox.c.seq)
    & _EARLIER.c.delivered_at.is_(None)
)
_DUE = (
    (outbox.c.destination == bindparam("at_destination"))
    & outbox.c.delivered_at.is_(None)
    & (outbox.c.next_try_at <= _NOW)
)
_HEADS = (
    sa.select(outbox.c.stream)
    .where(
        _DUE,
        outbox.c.stream.not_in(bindparam("busy", expanding=True)),
        ~sa.exists().where(_BEHIND),
    )
    .order_by(outbox.c.next_try_at, outbox.c.id)
    .limit(bindparam("count"))
)
# Only PostgreSQL has more than one process at work, so only there streams are divided.
_IN_PART = sa.text("('x' || substr(md5(outbox.stream), 1, 7))::bit(28)::int % :parts = :part")
_HEADS_IN_PART = _HEADS.where(_IN_PART)
_NAMES = tuple(OutboxRow.__dataclass_fields__)
_ROWS = (
    sa.select(*(outbox.c[name] for name in _NAMES))
    .where(
        outbox.c.destination == bindparam("destination"),
        outbox.c.stream.in_(bindparam("streams", expanding=True)),
        outbox.c.delivered_at.is_(None),
    )
    .order_by(outbox.c.stream, outbox.c.seq)
    .limit(bindparam("count"))
)
# One step of a loose index scan: destinations are few, waiting rows can be many.
_NEXT_EVER = sa.select(sa.func.min(outbox.c.destination)).where(
    outbox.c.destination > bindparam("after")
)
_NEXT_WAITING = _NEXT_EVER.where(outbox.c.delivered_at.is_(None))
_DELIVERED = (
    outbox.update()
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), outbox.c.delivered_at.is_(None))
    .values(delivered_at=bindparam("at"), last_error="", parked_at=None)
)
_POSTPONE = (
    outbox.update()
    .where(outbox.c.id == bindparam("at_id"), outbox.c.delivered_at.is_(None))
    .values(
        tries=bindparam("new_tries"),
        next_try_at=bindparam("new_try_at"),
        last_error=bindparam("error"),
        parked_at=bindparam("parked"),
    )
)
_POSTPONE_BEHIND = (
    outbox.update()
    .where(
        outbox.c.destination == bindparam("at_destination"),
        outbox.c.stream == bindparam("at_stream"),
        outbox.c.seq > bindparam("at_seq"),
        outbox.c.delivered_at.is_(None),
    )
    .values(next_try_at=bindparam("new_try_at"))
)
_LATE = (
    sa.select(outbox.c.id)
    .where(_DUE, sa.exists().where(_BEHIND, _EARLIER.c.next_try_at > _NOW))
    .order_by(outbox.c.next_try_at, outbox.c.id)
    .limit(TIDIED)
)
_PUT_OFF_LATE = (
    outbox.update()
    .where(outbox.c.id.in_(_LATE))
    .values(
        next_try_at=sa.select(sa.func.max(_EARLIER.c.next_try_at)).where(_BEHIND).scalar_subquery()
    )
)
_TOO_FAR = (
    sa.select(outbox.c.id)
    .where(
        outbox.c.destination == bindparam("at_destination"),
        outbox.c.delivered_at.is_(None),
        outbox.c.next_try_at > bindparam("far", type_=outbox.c.next_try_at.type),
        outbox.c.next_try_at < NEVER,
    )
    .limit(TIDIED)
)
_PULL_BACK = outbox.update().where(outbox.c.id.in_(_TOO_FAR)).values(next_try_at=_NOW)


def destinations(conn: sa.Connection) -> list[str]:
    """Every destination for which something waits, in alphabetical order."""
    return list(_one_by_one(conn, _NEXT_WAITING))


def every_destination(conn: sa.Connection) -> list[str]:
    """Every destination there is a row for, delivered ones too, in alphabetical order."""
    return list(_one_by_one(conn, _NEXT_EVER))


def _one_by_one(conn: sa.Connection, following: sa.Select[str]) -> Iterator[str]:
    after = ""
    while (name := conn.execute(following, {"after": after}).scalar()) is not None:
        yield name
        after = name


def waiting(
    conn: sa.Connection,
    destination: str,
    *,
    now: datetime,
    busy: Collection[str],
    count: int,
    part: Part | None = None,
) -> list[OutboxRow]:
    """The next rows to deliver, at most ``count``, by stream and in the stream's order.

    Of each stream its first row and those behind it, as far as they are due; streams in the order
    their first row came due. Nothing of the streams in ``busy``, nor of another ``part``.
    """
    values: dict[str, Any] = {"at_destination": destination, "at_now": now, "count": count}
    query = _HEADS
    if part is not None and part.of > 1:
        query, values = _HEADS_IN_PART, {**values, "part": part.number, "parts": part.of}
    heads = list(conn.scalars(query, {**values, "busy": list(busy)}))
    if not heads:
        return []
    found = conn.execute(_ROWS, {"destination": destination, "streams": heads, "count": count})
    streams: dict[str, list[OutboxRow]] = {stream: [] for stream in heads}
    ended: set[str] = set()
    for line in found:
        row = OutboxRow(**line._mapping)
        if row.next_try_at > now:
            ended.add(row.stream)
        if row.stream not in ended:
            streams[row.stream].append(row)
    return [row for rows in streams.values() for row in rows]


def mark_delivered(conn: sa.Connection, ids: Sequence[int], at: datetime) -> None:
    """The destination took these rows; one statement for all of them."""
    if ids:
        conn.execute(_DELIVERED, {"ids": list(ids), "at": at})


def postpone(
    conn: sa.Connection, destination: str, failures: Sequence[Postponed], now: datetime
) -> None:
    """These rows, and with each all behind it in its stream, have to wait."""
    if not failures:
        return
    conn.execute(
        _POSTPONE,
        [
            {
                "at_id": failure.row.id,
                "new_tries": failure.tries,
                "new_try_at": failure.next_try_at,
                "error": failure.error,
                "parked": now if failure.parked else None,
            }
            for failure in failures
        ],
    )
    conn.execute(
        _POSTPONE_BEHIND,
        [
            {
                "at_destination": destination,
                "at_stream": failure.row.stream,
                "at_seq": failure.row.seq,
                "new_try_at": failure.next_try_at,
            }
            for failure in failures
        ],
    )


def tidy(conn: sa.Connection, destination: str, now: datetime) -> int:
    """Put right when rows are due; returns how many were changed, :data:`TIDIED` of a kind at most.

    Rows that came in behind one that waits are put off as long. Rows put off further than anything
    is (the clock was set back since) are due now.
    """
    values = {"at_destination": destination, "at_now": now}
    late = conn.execute(_PUT_OFF_LATE, values).rowcount
    far = {**values, "far": now + LONGEST_POSTPONEMENT}
    return late + conn.execute(_PULL_BACK, far).rowcount


def due_again(conn: sa.Connection, destination: str, now: datetime) -> int:
    """The clock was set back: what waits is due now, parked rows not; :data:`TIDIED` at most."""
    values = {"at_destination": destination, "at_now": now, "far": now}
    return conn.execute(_PULL_BACK, values).rowcount


def retry(conn: sa.Connection, destination: str, stream: str) -> int:
    """Have a stream tried again at once, its parked rows too; returns how many rows wait in it."""
    mine = (
        (outbox.c.destination == destination)
        & (outbox.c.stream == stream)
        & outbox.c.delivered_at.is_(None)
    )
    again = outbox.update().where(mine).values(next_try_at=AT_ONCE, parked_at=None, tries=0)
    return conn.execute(again).rowcount
