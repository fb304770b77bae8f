"""The outbox for operators: what is parked, waits or was delivered, without its content."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.outbox import AT_ONCE, NEVER, destinations, every_destination
from proctor_hub.storage.tables import attempts, outbox

OF_ATTEMPT = 200

WINDOW = 5_000
"""Rows looked at for one page of delivered ones: those between that still wait are passed over."""


_LOOKED = 200


class DeliveryState(StrEnum):
    """What became of an effect so far."""

    PARKED = "parked"
    HELD = "held"
    WAITING = "waiting"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An effect on its way; no payload, which may hold personal data.

    :param stream: its queue: all of it is delivered in order. :param trace_id: the request that
        caused it.
    """

    id: int
    event_id: str
    destination: str
    stream: str
    seq: int
    kind: str
    attempt_code: str | None
    created_at: datetime
    tries: int
    next_try_at: datetime
    parked_at: datetime | None
    delivered_at: datetime | None
    last_error: str
    trace_id: str

    @property
    def state(self) -> DeliveryState:
        """What became of it; held: it stands behind a parked one."""
        if self.delivered_at is not None:
            return DeliveryState.DELIVERED
        if self.parked_at is not None:
            return DeliveryState.PARKED
        return DeliveryState.HELD if self.next_try_at >= NEVER else DeliveryState.WAITING

    @property
    def due_at(self) -> datetime | None:
        """Since or from when it is due, for people; None: it is not tried by itself.

        What is due at once has a time before any (:data:`AT_ONCE`): it is due since it is there.
        """
        if self.state is not DeliveryState.WAITING:
            return None
        return max(self.next_try_at, self.created_at)


_NAMES = [name for name in Delivery.__dataclass_fields__ if name != "attempt_code"]
_SELECT = sa.select(
    *(outbox.c[name] for name in _NAMES), attempts.c.code.label("attempt_code")
).select_from(outbox.outerjoin(attempts, attempts.c.id == outbox.c.attempt_pk))
_BY_ID = _SELECT.where(outbox.c.id == bindparam("pk"))
_UNDELIVERED = (outbox.c.destination == bindparam("destination")) & outbox.c.delivered_at.is_(None)
_PARKED = (
    _SELECT.where(_UNDELIVERED, outbox.c.parked_at.is_not(None), outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
    .limit(bindparam("count"))
)
_MOMENT = outbox.c.next_try_at.type
_WAITING = (
    _SELECT.where(
        _UNDELIVERED,
        outbox.c.next_try_at < sa.literal(NEVER, _MOMENT),
        sa.tuple_(outbox.c.next_try_at, outbox.c.id)
        > sa.tuple_(bindparam("after_time", type_=_MOMENT), bindparam("after")),
    )
    .order_by(outbox.c.next_try_at, outbox.c.id)
    .limit(bindparam("count"))
)
_LAST_PARKED = (
    _SELECT.where(_UNDELIVERED, outbox.c.parked_at.is_not(None))
    .order_by(outbox.c.id.desc())
    .limit(bindparam("count"))
)
# What was tried in vain waits the longest, and what was never tried comes first in the index.
_TRIED = (
    _SELECT.where(
        _UNDELIVERED,
        outbox.c.next_try_at > sa.literal(AT_ONCE, _MOMENT),
        outbox.c.next_try_at < sa.literal(NEVER, _MOMENT),
    )
    .order_by(outbox.c.next_try_at.desc(), outbox.c.id.desc())
    .limit(_LOOKED)
)
_WINDOW = (
    sa.select(outbox.c.id)
    .where(outbox.c.id < bindparam("before"))
    .order_by(outbox.c.id.desc())
    .limit(WINDOW)
)
_WINDOW_END = sa.select(sa.func.min(_WINDOW.subquery().c.id))
_DELIVERED = (
    _SELECT.where(
        outbox.c.id < bindparam("before"),
        outbox.c.id >= bindparam("end"),
        outbox.c.delivered_at.is_not(None),
    )
    .order_by(outbox.c.id.desc())
    .limit(bindparam("count"))
)
_OF_STREAMS = (
    _SELECT.where(
        outbox.c.destination == bindparam("destination"),
        outbox.c.stream.in_(bindparam("streams", expanding=True)),
        outbox.c.attempt_pk == bindparam("attempt_pk"),
    )
    .order_by(outbox.c.id.desc())
    .limit(OF_ATTEMPT)
)
_FIRST_PARKED = (
    sa.select(outbox.c.id, outbox.c.attempt_pk)
    .where(_UNDELIVERED, outbox.c.parked_at.is_not(None))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
    .subquery()
)
_PARKED_IN_COURSE = (
    sa.select(attempts.c.code, attempts.c.username, attempts.c.exam_name)
    .select_from(_FIRST_PARKED.join(attempts, attempts.c.id == _FIRST_PARKED.c.attempt_pk))
    .where(attempts.c.course_pk == bindparam("course_pk"))
    .order_by(_FIRST_PARKED.c.id)
)
_STILL_PARKED = (
    sa.select(outbox.c.destination, outbox.c.stream)
    .where(
        outbox.c.id.in_(bindparam("ids", expanding=True)),
        outbox.c.parked_at.is_not(None),
        outbox.c.delivered_at.is_(None),
    )
    .order_by(outbox.c.id)
    # Who waits for another operator's retry here sees that it is done already.
    .with_for_update()
)
_STREAM_ROWS = (
    sa.select(outbox.c.id)
    .where(
        _UNDELIVERED,
        outbox.c.stream.in_(bindparam("streams", expanding=True)),
    )
    .order_by(outbox.c.id)
    .with_for_update()
)
_AGAIN = (
    outbox.update()
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), outbox.c.delivered_at.is_(None))
    .values(next_try_at=AT_ONCE, parked_at=None, tries=0)
)


def by_id(conn: sa.Connection, pk: int) -> Delivery | None:
    """One effect."""
    found = _all(conn.execute(_BY_ID, {"pk": pk}))
    return found[0] if found else None


def parked(conn: sa.Connection, destination: str, *, after: int, count: int) -> list[Delivery]:
    """Parked ones of a destination with an id over ``after``, oldest first."""
    values = {"destination": destination, "after": after, "count": count}
    return _all(conn.execute(_PARKED, values))


def waiting(
    conn: sa.Connection, destination: str, *, after_time: datetime, after: int, count: int
) -> list[Delivery]:
    """Those of a destination that will be tried, in the order they come due.

    :param after_time: with ``after``: the due time and id to go on behind.
    """
    values = {
        "destination": destination, "after_time": after_time, "after": after, "count": count
    }  # fmt: skip
    return _all(conn.execute(_WAITING, values))


def delivered(
    conn: sa.Connection, destination: str | None, *, before: int, count: int
) -> tuple[list[Delivery], int | None]:
    """Delivered ones with an id under ``before``, the last caused first.

    :return: them, and the id to go on before where fewer than ``count`` were found within
        :data:`WINDOW` rows but older ones may be left; else None.
    """
    end = conn.execute(_WINDOW_END, {"before": before}).scalar()
    if end is None:
        return [], None
    query = _DELIVERED
    values: dict[str, Any] = {"before": before, "end": end, "count": count}
    if destination is not None:
        query = query.where(outbox.c.destination == bindparam("destination"))
        values["destination"] = destination
    found = _all(conn.execute(query, values))
    return found, (end if len(found) < count and end > 1 else None)


def of_attempt(conn: sa.Connection, attempt_pk: int, streams: Sequence[str]) -> list[Delivery]:
    """What one attempt caused, in the order it was caused: the last 200 for each destination.

    :param streams: those its effects can be in.
    """
    found: list[Delivery] = []
    for destination in every_destination(conn):
        values = {
            "destination": destination,
            "streams": list(streams),
            "attempt_pk": attempt_pk,
        }
        found += _all(conn.execute(_OF_STREAMS, values))
    return sorted(found, key=lambda one: one.id)


def parked_in_course(
    conn: sa.Connection, course_pk: int, *, most: int
) -> dict[str, tuple[str, str]]:
    """Attempts of a course that something parked is about, as code → username and exam's name.

    Found among the oldest ``most`` parked rows of each destination.
    """
    found: dict[str, tuple[str, str]] = {}
    for destination in destinations(conn):
        values = {"destination": destination, "most": most, "course_pk": course_pk}
        for row in conn.execute(_PARKED_IN_COURSE, values):
            found[row.code] = (row.username, row.exam_name)
    return found


def failed(conn: sa.Connection, destination: str, *, count: int) -> list[Delivery]:
    """What a destination did not take, the last caused first: parked ones, and those that wait for
    another try, as far as they are among the 200 that wait the longest."""
    found = _all(conn.execute(_LAST_PARKED, {"destination": destination, "count": count}))
    found += [one for one in _all(conn.execute(_TRIED, {"destination": destination})) if one.tries]
    return sorted(found, key=lambda one: -one.id)[:count]


def retry_parked(conn: sa.Connection, destination: str, ids: Collection[int]) -> int:
    """Have the streams of these parked rows tried again at once; returns how many rows were parked.

    Those that somebody else retried meanwhile are left alone and not counted. Rows are locked in
    the order of their ids, so that two who do this at once do not lock each other out.
    """
    still = conn.execute(_STILL_PARKED, {"ids": sorted(ids)}).all()
    if still:
        streams = sorted({row.stream for row in still})
        rows = list(conn.scalars(_STREAM_ROWS, {"destination": destination, "streams": streams}))
        conn.execute(_AGAIN, {"ids": rows})
    return len(still)


def _all(rows: sa.CursorResult[Any]) -> list[Delivery]:
    return [Delivery(**row._mapping) for row in rows]
