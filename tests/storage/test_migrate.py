from __future__ import annotations

import warnings

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from dbos._migration import get_dbos_migrations, sqlite_migrations

from proctor_hub.storage import job_schema, migrate
from proctor_hub.storage.job_schema import ours
from proctor_hub.storage.tables import metadata

# The job engine's own tables are made by it, and on SQLite they stand among the hub's.
_OTHERS = ", ".join(f"'{name}'" for name in sorted({"alembic_version", *job_schema.TABLES}))
_DEFINITIONS = {
    "sqlite": f"SELECT name, sql FROM sqlite_master WHERE tbl_name NOT IN ({_OTHERS})",
    "postgresql": """
        SELECT indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        UNION ALL
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
          AND conrelid <> 'alembic_version'::regclass
        UNION ALL
        SELECT table_name || '.' || column_name,
               concat_ws(' ', data_type, is_nullable, column_default)
        FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
}


def _words(text: str | None) -> list[str]:
    # Column order and line breaks do not matter, every word does.
    return sorted((text or "").replace(",", " ").replace("(", " ( ").replace(")", " ) ").split())


def _definitions(conn: sa.Connection) -> dict[str, list[str]]:
    rows = conn.execute(sa.text(_DEFINITIONS[conn.dialect.name]))
    return {name: _words(definition) for name, definition in rows}


def test_migrations_make_exactly_the_tables(database_url: str, empty_database_url: str) -> None:
    with migrate.connection(database_url) as conn:
        migrated = _definitions(conn)
    with migrate.connection(empty_database_url) as conn:
        metadata.create_all(conn)
        # PostgreSQL's query leaves this table out by name, so there must be one.
        conn.execute(sa.text("CREATE TABLE alembic_version (version_num INTEGER)"))
        made = _definitions(conn)
    assert migrated == made


def test_alembic_sees_no_difference(database_url: str) -> None:
    with migrate.connection(database_url) as conn, warnings.catch_warnings():
        # Alembic cannot compare indexes on expressions on SQLite; the test above does.
        warnings.filterwarnings("ignore", message="Skip.*expression-based index")
        warnings.filterwarnings("ignore", message=".*autogenerate skipping metadata-specified.*")
        context = MigrationContext.configure(conn, opts={"include_name": ours})
        assert compare_metadata(context, metadata) == []


def test_upgrade_is_repeatable_and_says_where_it_stands(empty_database_url: str) -> None:
    assert migrate.current(empty_database_url) is None
    migrate.upgrade(empty_database_url)
    assert migrate.current(empty_database_url) == migrate.head()
    migrate.upgrade(empty_database_url)
    assert migrate.current(empty_database_url) == migrate.head()


def test_an_upgrade_that_fails_leaves_nothing(empty_database_url: str) -> None:
    with migrate.connection(empty_database_url) as conn:
        # In the way of the last revision.
        conn.execute(sa.text("CREATE TABLE outbox (id INTEGER)"))
    with pytest.raises(sa.exc.DBAPIError):
        migrate.upgrade(empty_database_url)
    with migrate.connection(empty_database_url) as conn:
        assert sa.inspect(conn).get_table_names() == ["outbox"]


def test_the_job_engines_tables_are_made_with_the_hubs(empty_database_url: str) -> None:
    assert not job_schema.is_current(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert job_schema.is_current(empty_database_url)
    with migrate.connection(empty_database_url) as conn:
        schema = None if conn.dialect.name == "sqlite" else job_schema.SCHEMA
        names = set(sa.inspect(conn).get_table_names(schema))
    theirs = names - set(metadata.tables) - {"alembic_version"}
    assert theirs - {"event_dispatch_kv"} == job_schema.TABLES


def test_the_version_of_those_tables_is_the_one_the_engine_needs() -> None:
    assert {
        "sqlite": len(sqlite_migrations),
        "postgresql": len(get_dbos_migrations(job_schema.SCHEMA, False, False)),
    } == job_schema.NEEDED
