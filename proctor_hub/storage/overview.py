"""How much waits, and for how long: asked in bounded steps along indexes, whatever the tables hold.

Every count stops at :data:`COUNTED`; one that is as large means "so many or more".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.outbox import AT_ONCE, NEVER
from proctor_hub.storage.tables import (
    attempts,
    callbacks,
    claims,
    outbox,
    reports,
    retirement_receipts,
)
from proctor_hub.storage.tables.attempts import OPEN

COUNTED = 50_000
"""No count goes further than this."""

UNSETTLED = ("unmatched", "unparsable", "conflict")
"""Outcomes of authenticated callbacks that had no effect, and can be taken again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a destination has not taken yet.

    :param waiting: is due, or will be by itself. :param oldest: when the oldest of that was caused.
    :param due_since: the longest that one has been due and was not tried; what failed and waits for
        its next try is not due. :param parked: waits for an operator.
    :param held: stands behind a parked one in its stream.
    """

    destination: str
    waiting: int = 0
    oldest: datetime | None = None
    due_since: datetime | None = None
    parked: int = 0
    held: int = 0


_DUE_TIME = outbox.c.next_try_at.type
_UNDELIVERED = (outbox.c.destination == bindparam("destination")) & outbox.c.delivered_at.is_(None)
_WAITING_IDS = (
    sa.select(outbox.c.id)
    .where(_UNDELIVERED, outbox.c.next_try_at < sa.literal(NEVER, _DUE_TIME))
    .order_by(outbox.c.next_try_at, outbox.c.id)
    .limit(COUNTED)
    .subquery()
)
_WAITING = sa.select(sa.func.count(), sa.func.min(_WAITING_IDS.c.id)).select_from(_WAITING_IDS)
_CREATED_AT = sa.select(outbox.c.created_at).where(outbox.c.id == bindparam("pk"))
_UNTRIED = (
    sa.select(outbox.c.created_at)
    .where(_UNDELIVERED, outbox.c.next_try_at <= sa.literal(AT_ONCE, _DUE_TIME))
    .order_by(outbox.c.next_try_at, outbox.c.id)
    .limit(1)
)
_OVERDUE = (
    sa.select(outbox.c.next_try_at)
    .where(
        _UNDELIVERED,
        outbox.c.next_try_at > sa.literal(AT_ONCE, _DUE_TIME),
        outbox.c.next_try_at <= bindparam("at_now", type_=_DUE_TIME),
    )
    .order_by(outbox.c.next_try_at, outbox.c.id)
    .limit(1)
)
_STOPPED_IDS = (
    sa.select(outbox.c.id)
    .where(_UNDELIVERED, outbox.c.next_try_at >= sa.literal(NEVER, _DUE_TIME))
    .limit(COUNTED)
    .subquery()
)
_STOPPED = sa.select(sa.func.count()).select_from(_STOPPED_IDS)
_PARKED_IDS = (
    sa.select(outbox.c.id)
    .where(_UNDELIVERED, outbox.c.parked_at.is_not(None))
    .limit(COUNTED)
    .subquery()
)
_PARKED = sa.select(sa.func.count()).select_from(_PARKED_IDS)
# In the index's order, so that it is the index that is read.
_OPEN = (
    sa.select(attempts.c.status)
    .where(OPEN)
    .order_by(attempts.c.vendor, attempts.c.id)
    .limit(COUNTED)
    .subquery()
)
_BY_STATUS = sa.select(_OPEN.c.status, sa.func.count()).group_by(_OPEN.c.status)
_QUARANTINED_IDS = sa.select(callbacks.c.id).where(sa.text("quarantined")).limit(COUNTED).subquery()
_QUARANTINED = sa.select(sa.func.count()).select_from(_QUARANTINED_IDS)
_UNSETTLED_IDS = (
    sa.select(callbacks.c.id)
    .where(callbacks.c.outcome == bindparam("outcome"))
    .limit(COUNTED)
    .subquery()
)
_UNSETTLED = sa.select(sa.func.count()).select_from(_UNSETTLED_IDS)
_PENDING_REPORTS = sa.select(sa.func.count(), sa.func.min(reports.c.requested_at)).where(
    sa.text("status = 'pending'")
)
_OPEN_RETIREMENTS = sa.select(sa.func.count()).select_from(
    sa.select(retirement_receipts.c.retirement_pk)
    .where(sa.text("NOT confirmed"))
    .distinct()
    .limit(COUNTED)
    .subquery()
)
_CLAIMS = sa.select(claims.c.worker, claims.c.name).order_by(claims.c.name)


def parked(conn: sa.Connection, destination: str) -> int:
    """How many rows of a destination wait for an operator, up to :data:`COUNTED`."""
    return int(conn.execute(_PARKED, {"destination": destination}).scalar_one())


def backlog(conn: sa.Connection, destination: str, now: datetime) -> Backlog:
    """What waits for a destination.

    Beyond :data:`COUNTED` rows ``oldest`` is the oldest of those that come next.
    """
    values = {"destination": destination}
    waiting, first = conn.execute(_WAITING, values).one()
    oldest = None if first is None else conn.execute(_CREATED_AT, {"pk": first}).scalar()
    due = [
        conn.execute(_UNTRIED, values).scalar(),
        conn.execute(_OVERDUE, {**values, "at_now": now}).scalar(),
    ]
    set_aside = parked(conn, destination)
    stopped = int(conn.execute(_STOPPED, values).scalar_one())
    return Backlog(
        destination=destination,
        waiting=waiting,
        oldest=oldest,
        due_since=min((one for one in due if one is not None), default=None),
        parked=set_aside,
        held=max(stopped - set_aside, 0),
    )


def open_attempts(conn: sa.Connection) -> Mapping[str, int]:
    """Attempts of which the hub still expects something, by status, :data:`COUNTED` in all."""
    return {status: count for status, count in conn.execute(_BY_STATUS)}


def quarantined(conn: sa.Connection) -> int:
    """Callbacks nobody proved to be a vendor's, that wait for somebody to vouch for them."""
    return int(conn.execute(_QUARANTINED).scalar_one())


def unsettled(conn: sa.Connection) -> Mapping[str, int]:
    """Callbacks that had no effect, by outcome."""
    return {
        outcome: int(conn.execute(_UNSETTLED, {"outcome": outcome}).scalar_one())
        for outcome in UNSETTLED
    }


def pending_reports(conn: sa.Connection) -> tuple[int, datetime | None]:
    """How many reports are asked for and not ready, and when the oldest was asked for."""
    count, oldest = conn.execute(_PENDING_REPORTS).one()
    return count, oldest


def open_retirements(conn: sa.Connection) -> int:
    """How many learners are erased here, and some vendor has not confirmed it yet."""
    return int(conn.execute(_OPEN_RETIREMENTS).scalar_one())


def claimed(conn: sa.Connection) -> Mapping[str, tuple[str, ...]]:
    """Worker → what it has claimed, whether it lives or not."""
    found: dict[str, tuple[str, ...]] = {}
    for worker, name in conn.execute(_CLAIMS):
        found[worker] = (*found.get(worker, ()), name)
    return found
