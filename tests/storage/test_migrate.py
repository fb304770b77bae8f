from __future__ import annotations

import warnings

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from proctor_hub.storage import migrate
from proctor_hub.storage.tables import metadata

_DEFINITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'",
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
        context = MigrationContext.configure(conn)
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
