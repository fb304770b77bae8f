"""Bringing a database to today's schema, and saying where it stands.

Each upgrade is one transaction on both databases: it is done whole or not at all. Two processes
that upgrade at the same moment queue up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from proctor_hub.storage import job_schema, schema
from proctor_hub.storage.engine import sqlite_module
from proctor_hub.storage.schema import Standing

_FOLDER = Path(__file__).with_name("migrations")
_LOCK = 0x70726F63  # any number that is ours: the upgrade's advisory lock
_LOCK_SECONDS = 3
_IN_THE_WAY = ("55P03", "40P01")  # a lock was not to be had in time; a deadlock
_TRIES = 20
_PAUSE_SECONDS = 0.5


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at ``url`` to ``revision``; create it where it is a missing SQLite file.

    Processes at work on it are let go first: where their locks keep the upgrade waiting, it gives
    way and tries again. Every connection made is closed again.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            _upgrade(url, revision)
            break
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY or attempt == _TRIES:
                raise
            time.sleep(_PAUSE_SECONDS)
    if revision == "head":
        # After the commit: some of its indexes are made while nobody has a transaction open.
        job_schema.upgrade(url)


def _upgrade(url: str, revision: str) -> None:
    with connection(url) as conn:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            # Who waits for a table's lock makes everybody wait who comes after.
            conn.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, revision)


def current(url: str) -> str | None:
    """The revision the database is at, None for one nobody has migrated."""
    with connection(url) as conn:
        return MigrationContext.configure(conn).get_current_revision()


def head() -> str:
    """The revision this version of the hub works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revisions() -> list[str]:
    """The revisions this version of the hub knows, the oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def standing(url: str) -> tuple[Standing, str | None]:
    """Whether this version may work on the database (``schema.standing``); its revision.

    At today's revision it is older all the same where the job engine's tables are.
    """
    with connection(url) as conn:
        found = MigrationContext.configure(conn).get_current_revision()
        stands = schema.standing(conn, found, revisions())
    if stands is Standing.CURRENT and not job_schema.is_current(url):
        stands = Standing.OLDER
    return stands, found


@contextmanager
def connection(url: str) -> Iterator[sa.Connection]:
    """One connection in one transaction, committed at the end, outside any pool."""
    parsed = sa.engine.make_url(url)
    options: dict[str, Any] = {"poolclass": sa.NullPool}
    embedded = parsed.get_backend_name() == "sqlite"
    if embedded:
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
        options |= {"module": sqlite_module(), "connect_args": {"timeout": 30}}
    engine = sa.create_engine(parsed, **options)
    if embedded:
        sa.event.listen(engine, "connect", _no_implicit_transactions)
        sa.event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.begin() as conn:
            yield conn
    finally:
        engine.dispose()


def _no_implicit_transactions(connection: Any, _record: Any) -> None:
    connection.isolation_level = None


def _begin_immediate(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config
