"""A copy of the embedded database while it is written to, and what has to be done after a restore.

PostgreSQL's own programs make its backups.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from proctor_hub.errors import ConfigurationError
from proctor_hub.storage.engine import Database, sqlite_module
from proctor_hub.storage.tables import attempts, breakers, claims, metadata, workers

LEAP = 1_000_000
"""By how much numbers that are given out jump after a restore."""

_BATCH = 1_000


def copy(database: Path, target: Path) -> None:
    """Copy an embedded database as it is at one moment; writers go on meanwhile.

    The copy is a whole database of its own, readable by its owner alone (0600), and has nothing in
    it of what was erased.

    :raises ConfigurationError: ``target`` exists, or there is no database.
    :raises OSError: it cannot be written; then nothing is left of it.
    """
    if not database.is_file():
        raise ConfigurationError(f"{database} is not there: nothing to back up.")
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(f"{target} exists already; name another file.") from None
    try:
        _vacuum_into(database, target)
        os.fsync(handle)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def after_restore(database: Database) -> int:
    """Have no number given out again that was given out after the backup; returns how many
    attempts were changed. Repeatable.

    Events of a stream go on :data:`LEAP` above the last number the backup knows, so that receivers
    do not take them for old ones; new exams get numbers above any that the LMS may have heard of.
    Claims of processes from then are forgotten.
    """
    database.write(_forget_processes)
    changed = after = 0
    while True:
        count, last = database.write(partial(_leap, after=after))
        if last is None:
            return changed
        changed, after = changed + count, last


def _vacuum_into(database: Path, target: Path) -> None:
    # Of the hub's own SQLite: another one in the same process would break its locks.
    connection: Any = sqlite_module().connect(str(database), timeout=30, isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def _forget_processes(conn: sa.Connection) -> None:
    for table in (workers, claims, breakers):
        conn.execute(table.delete())
    for table in metadata.sorted_tables:
        if "id" not in table.c:
            continue
        if conn.dialect.name == "postgresql":
            counter = sa.func.pg_get_serial_sequence(table.name, "id")
            conn.execute(sa.select(sa.func.setval(counter, sa.func.nextval(counter) + LEAP)))
    if conn.dialect.name == "sqlite":
        # Of exams alone, which LMSs know by number; other tables have no such counter there.
        conn.execute(sa.text("UPDATE sqlite_sequence SET seq = seq + :leap"), {"leap": LEAP})


def _leap(conn: sa.Connection, after: int) -> tuple[int, int | None]:
    ids = list(
        conn.scalars(
            sa.select(attempts.c.id)
            .where(attempts.c.id > after)
            .order_by(attempts.c.id)
            .limit(_BATCH)
        )
    )
    if ids:
        conn.execute(
            attempts.update()
            .where(attempts.c.id.in_(ids))
            .values(event_seq=attempts.c.event_seq + LEAP)
        )
    return len(ids), (ids[-1] if ids else None)
