"""The job engine's own tables, in the hub's own database, so that one transaction can span both.

On PostgreSQL they are a schema of their own, on SQLite tables among the hub's. They are DBOS's, who
makes and changes them; ``proctor-hub db upgrade`` has that done, so that serving needs no right to.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.engine import connect_args, sqlite_module

SCHEMA = "dbos"
"""Where they are on PostgreSQL."""

TABLES = frozenset(
    {
        "application_versions",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)
"""Their names on SQLite, which has no schemas."""

NEEDED = {"sqlite": 125, "postgresql": 125}
"""The version of the tables that the release of DBOS we are bound to needs; a test compares."""

_PATIENCE_SECONDS = 30


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """For Alembic: whether what it found in the database is the hub's to look after."""
    return kind != "table" or name not in TABLES


def engine_of(url: sa.URL, *, pool_size: int, idle_seconds: float = 60.0) -> sa.Engine:
    """An engine as DBOS wants it: it begins transactions itself; dispose of it when done.

    :param pool_size: connections kept; as many again where they do not suffice.
    :param idle_seconds: after which PostgreSQL ends a transaction in which nothing happens.
    """
    options: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "hide_parameters": True,
    }
    if url.get_backend_name() != "sqlite":
        how = connect_args(idle_seconds)
        return sa.create_engine(url, pool_pre_ping=True, connect_args=how, **options)
    engine = sa.create_engine(
        url,
        # Never by URL alone: two copies of SQLite in one process break each other's locks.
        module=sqlite_module(),
        poolclass=sa.QueuePool,
        connect_args={"check_same_thread": False, "timeout": _PATIENCE_SECONDS},
        **options,
    )
    sa.event.listen(engine, "connect", _as_the_hub_does)
    return engine


def upgrade(url: str) -> None:
    """Make the tables, or bring them to what this version's engine needs; repeatable."""
    if is_current(url):
        return
    # Late: DBOS takes more than a second to import, and most commands need none of it.
    from dbos._serialization import DBOSPortableJSON
    from dbos._sys_db import SystemDatabase

    engine = engine_of(sa.engine.make_url(url), pool_size=1)
    try:
        SystemDatabase.create(
            # The dialect is read from the text; the connections are the engine's.
            system_database_url=f"{engine.dialect.name}://",
            engine_kwargs={},
            engine=engine,
            schema=SCHEMA,
            serializer=DBOSPortableJSON,
            executor_id=None,
            use_listen_notify=False,
        ).run_migrations()
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Whether the tables are there, as new as this version's engine needs them or newer."""
    engine = engine_of(sa.engine.make_url(url), pool_size=1)
    schema = None if engine.dialect.name == "sqlite" else SCHEMA
    versions = sa.table("dbos_migrations", sa.column("version"), schema=schema)
    try:
        with engine.connect() as conn:
            if not sa.inspect(conn).has_table(versions.name, schema=schema):
                return False
            found: int | None = conn.execute(sa.select(versions.c.version)).scalar()
            return (found or 0) >= NEEDED[engine.dialect.name]
    finally:
        engine.dispose()


def _as_the_hub_does(connection: Any, _record: Any) -> None:
    # A transaction takes the writer's lock as it begins: later, it would be refused.
    connection.isolation_level = "IMMEDIATE"
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_PATIENCE_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")
