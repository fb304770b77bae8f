"""Circuit breakers: a row per destination that has failed lately, shared by all processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from proctor_hub.storage.tables import breakers
from proctor_hub.storage.upsert import insert_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a destination has been.

    :param failures: in a row, since it last answered. :param opened: times in a row it was opened.
    :param open_until: until then nothing is sent; None: it is closed.
    """

    name: str
    failures: int
    opened: int
    open_until: datetime | None
    changed_at: datetime
    last_error: str


_BY_NAME = breakers.select().where(breakers.c.name == sa.bindparam("name"))
_LOCKED = _BY_NAME.with_for_update()


def read(conn: sa.Connection, name: str, *, lock: bool = False) -> Breaker | None:
    """The breaker of a destination; None: it has not failed lately."""
    row = conn.execute(_LOCKED if lock else _BY_NAME, {"name": name}).first()
    return None if row is None else Breaker(**row._mapping)


def every(conn: sa.Connection) -> list[Breaker]:
    """All there are, by name; destinations are few."""
    return [Breaker(**row._mapping) for row in conn.execute(breakers.select().order_by("name"))]


def fail(
    conn: sa.Connection,
    name: str,
    *,
    now: datetime,
    error: str,
    threshold: int,
    pause: Callable[[int], timedelta],
    probe: datetime | None = None,
) -> Breaker:
    """Count a failure; from the ``threshold``-th in a row on, the breaker is open for a while.

    :param pause: how long, by the number of openings in a row (1, 2, …).
    :param probe: until when the caller's probe, if it had one, held off the others: it found out
        that the destination is not back, unless somebody else found out something meanwhile.
    """
    insert_missing(conn, breakers, {"name": name, "changed_at": now})
    before = read(conn, name, lock=True)
    assert before is not None  # noqa: S101 - inserted above, and locked
    opened, until = before.opened, before.open_until
    # Calls that were under way when it was opened say nothing new.
    ends = until is None or until <= now or until == probe
    if before.failures + 1 >= threshold and ends:
        opened += 1
        until = now + pause(opened)
    after = Breaker(
        name=name,
        failures=before.failures + 1,
        opened=opened,
        open_until=until,
        changed_at=now,
        last_error=error,
    )
    values = {key: getattr(after, key) for key in Breaker.__dataclass_fields__ if key != "name"}
    conn.execute(breakers.update().where(breakers.c.name == name).values(values))
    return after


def close(conn: sa.Connection, name: str) -> bool:
    """The destination answered; True where it had failed before."""
    return conn.execute(breakers.delete().where(breakers.c.name == name)).rowcount == 1


def take_probe(conn: sa.Connection, seen: Breaker, until: datetime) -> bool:
    """Be the one whose call tells whether the destination is back; the others wait till ``until``.

    False where somebody else was faster.
    """
    mine = (breakers.c.name == seen.name) & (breakers.c.open_until == seen.open_until)
    probe = breakers.update().where(mine).values(open_until=until)
    return conn.execute(probe).rowcount == 1
