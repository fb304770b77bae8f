"""Who does the hub's work: the processes that live, and what each of them has claimed.

A worker says that it lives by renewing one row; what it claims is its own as long as it does. Times
are the database's own, so that processes whose clocks disagree agree on who is dead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.tables import claims, workers
from proctor_hub.storage.upsert import insert_missing, upsert

_LOCK = 0x776F726B  # any number that is ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that does the hub's work, or did until ``expires_at``."""

    name: str
    nonce: str
    joined_at: datetime
    expires_at: datetime
    host: str
    version: str


def clock(conn: sa.Connection) -> datetime:
    """The time all processes agree on: the server's, or this machine's for an embedded database."""
    if conn.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found


def one_at_a_time(conn: sa.Connection) -> None:
    """Nobody else joins or claims until the commit: who lives is only true as long as that."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _dead(now: datetime, seconds: float) -> sa.ColumnElement[bool]:
    # Nobody can hold it for longer than from now: then the clock was set back meanwhile.
    far = now + timedelta(seconds=2 * seconds)
    return (workers.c.expires_at <= now) | (workers.c.expires_at > far)


def join(
    conn: sa.Connection, *, nonce: str, seconds: float, host: str, version: str, alone: bool
) -> str:
    """Become the worker with the lowest name that is free; returns that name.

    :param nonce: tells this process from an earlier one of the same name.
    :param alone: the caller knows that no other process works here: whatever is recorded is over.
    """
    one_at_a_time(conn)
    now = clock(conn)
    if alone:
        conn.execute(workers.delete())
        conn.execute(claims.delete())
    row = {
        "nonce": nonce,
        "joined_at": now,
        "expires_at": now + timedelta(seconds=seconds),
        "host": host,
        "version": version,
    }
    number = 0
    while True:
        number += 1
        name = f"w{number}"
        dead = (workers.c.name == name) & _dead(now, seconds)
        if insert_missing(conn, workers, {"name": name, **row}) or (
            conn.execute(workers.update().where(dead).values(row)).rowcount == 1
        ):
            # What an earlier process of this name had claimed is anybody's.
            conn.execute(claims.delete().where(claims.c.worker == name))
            return name


def renew(conn: sa.Connection, name: str, nonce: str, seconds: float) -> bool:
    """Say that the worker lives; False where another process has its name by now."""
    until = clock(conn) + timedelta(seconds=seconds)
    mine = (workers.c.name == name) & (workers.c.nonce == nonce)
    return conn.execute(workers.update().where(mine).values(expires_at=until)).rowcount == 1


def leave(conn: sa.Connection, name: str, nonce: str) -> None:
    """The worker ends: its name and what it had claimed are free at once."""
    mine = (workers.c.name == name) & (workers.c.nonce == nonce)
    if conn.execute(workers.delete().where(mine)).rowcount == 1:
        conn.execute(claims.delete().where(claims.c.worker == name))


def living(conn: sa.Connection, seconds: float) -> list[Worker]:
    """The workers that live, by name."""
    query = alive(conn, seconds).order_by(workers.c.name)
    return [Worker(**row._mapping) for row in conn.execute(query)]


def alive(conn: sa.Connection, seconds: float) -> sa.Select[Any]:
    """The rows of the workers that live now, as a part of other queries."""
    return workers.select().where(~_dead(clock(conn), seconds))


def owners(conn: sa.Connection, live: Collection[str]) -> dict[str, str]:
    """What is claimed, and by which of the living workers.

    :param live: the names of those that live, read after :func:`one_at_a_time`.
    """
    query = sa.select(claims.c.name, claims.c.worker).where(claims.c.worker.in_(list(live)))
    return {row.name: row.worker for row in conn.execute(query)}


def claim(conn: sa.Connection, names: Sequence[str], worker: str) -> None:
    """Claim ``names``, none of which a living worker has (:func:`owners`, same transaction)."""
    if names:
        row = {"worker": worker, "since": clock(conn)}
        upsert(conn, claims, [{"name": name, **row} for name in names], keys=("name",))


def give_up(conn: sa.Connection, names: Collection[str], worker: str) -> None:
    """Nothing of this is being done any more by the worker: others may claim it."""
    if names:
        mine = claims.c.name.in_(list(names)) & (claims.c.worker == worker)
        conn.execute(claims.delete().where(mine))
