"""Queries of the relay: what waits in the outbox, what was delivered, what has to wait (design §4).

Rows are put in by the transaction that changes the state (``storage.attempts.insert_outbox``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.tables import outbox, retirement_receipts, retirements
from proctor_hub.storage.upsert import upsert

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""When a row that nobody has tried yet is due: always, even if the clock is set back."""

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a parked row is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One effect to deliver; ``tries`` counts the attempts at it that failed so far.

    ``event_id`` stays the same however often it is delivered; ``seq`` orders a stream.
    """

    id: int
    event_id: str
    stream: str
    seq: int
    kind: str
    attempt_pk: int | None
    payload: dict[str, Any]
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A delivery that failed: when to try again, and why (short, without personal data)."""

    id: int
    tries: int
    next_try_at: datetime
    error: str


_EARLIER = outbox.alias("earlier")
_HELD_BACK = sa.exists().where(
    _EARLIER.c.destination == outbox.c.destination,
    _EARLIER.c.stream == outbox.c.stream,
    _EARLIER.c.seq < outbox.c.seq,
    _EARLIER.c.delivered_at.is_(None),
    _EARLIER.c.next_try_at > bindparam("now", type_=outbox.c.next_try_at.type),
)
_NAMES = ("id", "event_id", "stream", "seq", "kind", "attempt_pk", "payload", "tries")
_WAITING = (
    sa.select(*(outbox.c[name] for name in _NAMES))
    .where(
        outbox.c.destination == bindparam("destination"),
        outbox.c.delivered_at.is_(None),
        outbox.c.next_try_at <= bindparam("now", type_=outbox.c.next_try_at.type),
        outbox.c.stream.not_in(bindparam("busy", expanding=True)),
        ~_HELD_BACK,
    )
    .order_by(outbox.c.id)
    .limit(bindparam("count"))
)
# One step of a loose index scan: destinations are few, waiting rows can be many.
_NEXT_DESTINATION = sa.select(sa.func.min(outbox.c.destination)).where(
    outbox.c.delivered_at.is_(None), outbox.c.destination > bindparam("after")
)
_DELIVERED = (
    outbox.update()
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), outbox.c.delivered_at.is_(None))
    .values(delivered_at=bindparam("at"), last_error="")
)
_POSTPONE = (
    outbox.update()
    .where(outbox.c.id == bindparam("at_id"), outbox.c.delivered_at.is_(None))
    .values(
        tries=bindparam("new_tries"),
        next_try_at=bindparam("new_try_at"),
        last_error=bindparam("error"),
    )
)


def destinations(conn: sa.Connection) -> list[str]:
    """Every destination for which something waits, in alphabetical order."""
    found: list[str] = []
    after = ""
    while (name := conn.execute(_NEXT_DESTINATION, {"after": after}).scalar()) is not None:
        found.append(name)
        after = name
    return found


def waiting(
    conn: sa.Connection, destination: str, *, now: datetime, busy: Collection[str], count: int
) -> list[OutboxRow]:
    """The next rows to deliver, at most ``count``, in the order they were put in.

    A row behind one of its stream that has to wait is not among them, nor are streams in ``busy``.
    """
    values = {"destination": destination, "now": now, "busy": list(busy), "count": count}
    return [OutboxRow(**row._mapping) for row in conn.execute(_WAITING, values)]


def mark_delivered(conn: sa.Connection, ids: Sequence[int], at: datetime) -> None:
    """The destination took these rows; one statement for all of them."""
    if ids:
        conn.execute(_DELIVERED, {"ids": list(ids), "at": at})


def postpone(conn: sa.Connection, failures: Sequence[Postponed]) -> None:
    """These rows, and with each all behind it in its stream, have to wait."""
    if failures:
        conn.execute(
            _POSTPONE,
            [
                {
                    "at_id": failure.id,
                    "new_tries": failure.tries,
                    "new_try_at": failure.next_try_at,
                    "error": failure.error,
                }
                for failure in failures
            ],
        )


def store_receipt(
    conn: sa.Connection,
    *,
    person_pk: int,
    vendor: str,
    confirmed: bool,
    detail: str,
    now: datetime,
) -> None:
    """Keep what a vendor answered to the erasure of a learner (domain §7).

    :raises LookupError: nobody asked to retire this person.
    """
    found = conn.execute(sa.select(retirements.c.id).where(retirements.c.person_pk == person_pk))
    retirement_pk = found.scalar()
    if retirement_pk is None:
        raise LookupError(f"no retirement of person {person_pk} is on record")
    row = {
        "retirement_pk": retirement_pk,
        "vendor": vendor,
        "confirmed": confirmed,
        "detail": detail,
        "updated_at": now,
    }
    upsert(conn, retirement_receipts, [row], keys=("retirement_pk", "vendor"))
