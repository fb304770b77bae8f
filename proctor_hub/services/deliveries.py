"""What operators see of effects on their way, and having parked ones tried again (design §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from proctor_hub.domain.told import noted, told
from proctor_hub.services import paging
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Conflict, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import attempt_stream, learner_stream
from proctor_hub.storage import attempts, audit, outbox
from proctor_hub.storage import deliveries as store
from proctor_hub.storage import overview as counts
from proctor_hub.storage.deliveries import Delivery, DeliveryState
from proctor_hub.storage.engine import after_commit
from proctor_hub.storage.outbox import AT_ONCE
from proctor_hub.storage.types import to_text
from proctor_hub.storage.upsert import is_key

BATCH = 200
"""Parked rows retried in one transaction."""

MOST_RETRIED = 10_000
"""Parked rows one call may retry, and twice as many that it may look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What a bulk retry did.

    :param retried: parked rows that are tried again at once. :param remaining: those of the
        destinations asked for that are still parked, counted up to 50 000.
    :param next_cursor: to go on with; None: all there was has been looked at.
    """

    retried: int
    remaining: int
    next_cursor: str | None


def list_deliveries(
    hub: Hub,
    actor: Actor,
    *,
    state: DeliveryState | None = None,
    destination: str | None = None,
    attempt_code: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[Delivery]:
    """Effects in the outbox, for operators.

    Parked ones by destination, the oldest first; waiting ones by destination, in the order they
    come due; delivered ones, the last caused first. Those of an attempt in the order they were
    caused, on one page of the latest that fit.

    :param state: by default parked, or any where an attempt is named.
    :raises NotFound: the attempt. :raises Invalid: the cursor is of another list.
    """
    size = paging.limit_of(hub, limit)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)
        if not storable(destination or ""):
            return paging.Page(items=())
        if attempt_code is not None:
            return _of_attempt(conn, attempt_code, state, destination, size)
        if state is DeliveryState.DELIVERED:
            return _delivered(conn, destination, cursor, size)
        if state is DeliveryState.WAITING:
            return _waiting(conn, destination, cursor, size)
        if state in (None, DeliveryState.PARKED):
            return _parked(conn, destination, cursor, size)
    raise Invalid(
        noted("Held deliveries are listed with their attempt only."),
        fields={"state": noted("name an attempt")},
    )


def last_errors(hub: Hub, actor: Actor, *, destination: str, count: int) -> list[Delivery]:
    """What a destination refused or did not answer and has not taken since, the last caused first;
    for operators."""
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)
        return store.failed(conn, destination, count=count)


def show_delivery(hub: Hub, actor: Actor, delivery_pk: int) -> Delivery:
    """One effect.

    :raises NotFound: there is none.
    """
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)
        return _found(conn, delivery_pk)


def retry_delivery(hub: Hub, actor: Actor, delivery_pk: int) -> Delivery:
    """Have an effect, and those of its stream with it, tried again at once; returns it.

    Harmless where it waits already, and where others do the same.

    :raises NotFound: there is none. :raises Conflict: it was delivered.
    """

    def unit(conn: sa.Connection) -> Delivery:
        ensure(conn, actor, Permission.RETRY)
        found = _found(conn, delivery_pk)
        if found.state is DeliveryState.DELIVERED or not outbox.retry(
            conn, found.destination, found.stream
        ):
            raise Conflict(
                told("delivery %(delivery_pk)s was made already", delivery_pk=delivery_pk),
                code="already_delivered",
            )
        detail = {"destination": found.destination, "kind": found.kind}
        audit.record(
            conn, hub.now(), actor, "delivery.retried", subject=str(delivery_pk), detail=detail
        )
        after_commit(conn, partial(hub.wake, found.destination))
        return _found(conn, delivery_pk)

    return hub.database.write(unit)


def retry_parked(
    hub: Hub,
    actor: Actor,
    *,
    destination: str | None = None,
    kind: str | None = None,
    limit: int = 1000,
    cursor: str | None = None,
) -> Retried:
    """Have parked effects tried again at once, the oldest of each destination first.

    In transactions of :data:`BATCH`; what was done stays done whatever comes after. Whoever does
    the same at the same time retries other rows.

    :param kind: only these; the others are passed over. :param limit: rows at most.
    """
    if not 1 <= limit <= MOST_RETRIED:
        raise Invalid(
            noted("The limit is out of range."),
            fields={"limit": told("from 1 to %(most)s", most=MOST_RETRIED)},
        )
    place = _place(cursor)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETRY)
        names = _names(conn, destination)
    retried, looked_at, bound = 0, 0, 2 * limit + BATCH
    for name in [one for one in names if one >= place[0]]:
        after = place[1] if name == place[0] else 0
        while True:
            if retried >= limit or looked_at >= bound:
                return _told(hub, names, retried, paging.encode([name, after]))
            with hub.database.read() as conn:
                rows = store.parked(conn, name, after=after, count=min(BATCH, limit - retried))
            if not rows:
                break
            after, looked_at = rows[-1].id, looked_at + len(rows)
            wanted = [row.id for row in rows if kind in (None, row.kind)]
            retried += _again(hub, actor, name, wanted, kind) if wanted else 0
    return _told(hub, names, retried, None)


def _again(hub: Hub, actor: Actor, name: str, ids: list[int], kind: str | None) -> int:
    def unit(conn: sa.Connection) -> int:
        count = store.retry_parked(conn, name, ids)
        if count:
            detail = {"kind": kind, "rows": count}
            audit.record(conn, hub.now(), actor, "deliveries.retried", subject=name, detail=detail)
            after_commit(conn, partial(hub.wake, name))
        return count

    return hub.database.write(unit)


def _told(hub: Hub, names: list[str], retried: int, cursor: str | None) -> Retried:
    with hub.database.read() as conn:
        remaining = sum(counts.parked(conn, name) for name in names)
    return Retried(retried=retried, remaining=remaining, next_cursor=cursor)


def _found(conn: sa.Connection, pk: int) -> Delivery:
    found = store.by_id(conn, pk) if is_key(pk) else None
    if found is None:
        raise NotFound("delivery", str(pk))
    return found


def _names(conn: sa.Connection, destination: str | None) -> list[str]:
    waiting = outbox.destinations(conn)
    return waiting if destination is None else [one for one in waiting if one == destination]


def _place(cursor: str | None) -> tuple[str, int]:
    if cursor is None:
        return "", 0
    name, after = paging.decode(cursor, str, int)
    return str(name), int(after)


def _parked(
    conn: sa.Connection, destination: str | None, cursor: str | None, size: int
) -> paging.Page[Delivery]:
    place, found = _place(cursor), list[Delivery]()
    for name in _names(conn, destination):
        if name >= place[0] and len(found) <= size:
            after = place[1] if name == place[0] else 0
            found += store.parked(conn, name, after=after, count=size + 1 - len(found))
    return paging.page(found, size, lambda one: [one.destination, one.id])


def _waiting(
    conn: sa.Connection, destination: str | None, cursor: str | None, size: int
) -> paging.Page[Delivery]:
    name_at, time_at, id_at = "", datetime.min.replace(tzinfo=AT_ONCE.tzinfo), 0
    if cursor is not None:
        name, moment, pk = paging.decode(cursor, str, str, int)
        name_at, time_at, id_at = str(name), paging.moment(str(moment)), int(pk)
    found = list[Delivery]()
    for name in _names(conn, destination):
        if name >= name_at and len(found) <= size:
            here = name == name_at
            found += store.waiting(
                conn,
                name,
                after_time=time_at if here else AT_ONCE,
                after=id_at if here else 0,
                count=size + 1 - len(found),
            )
    return paging.page(found, size, lambda one: [one.destination, to_text(one.next_try_at), one.id])


def _delivered(
    conn: sa.Connection, destination: str | None, cursor: str | None, size: int
) -> paging.Page[Delivery]:
    before = paging.before_int(cursor)
    found, end = store.delivered(conn, destination, before=before, count=size + 1)
    if end is not None:
        return paging.Page(items=tuple(found), next_cursor=paging.encode([end]))
    return paging.page(found, size, lambda one: [one.id])


def _of_attempt(
    conn: sa.Connection, code: str, state: DeliveryState | None, destination: str | None, size: int
) -> paging.Page[Delivery]:
    record = attempts.by_code(conn, code) if storable(code) else None
    if record is None:
        raise NotFound("attempt", code)
    streams = [learner_stream(record), attempt_stream(record)]
    found = [
        one
        for one in store.of_attempt(conn, record.id, streams)
        if state in (None, one.state) and destination in (None, one.destination)
    ]
    return paging.Page(items=tuple(found[-size:]))
