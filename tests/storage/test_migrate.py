from __future__ import annotations

import threading
import warnings
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from dbos._migration import get_dbos_migrations, sqlite_migrations

from proctor_hub.storage import job_schema, migrate
from proctor_hub.storage.job_schema import ours
from proctor_hub.storage.schema import Standing
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


_BEFORE_ROLLING_UPGRADES = "0004"


def test_migrations_only_add_so_that_an_older_process_goes_on(empty_database_url: str) -> None:
    revisions = migrate.revisions()
    migrate.upgrade(empty_database_url, _BEFORE_ROLLING_UPGRADES)
    for revision in revisions[revisions.index(_BEFORE_ROLLING_UPGRADES) + 1 :]:
        before = _shape(empty_database_url)
        migrate.upgrade(empty_database_url, revision)
        after = _shape(empty_database_url)
        if revision not in _floors(empty_database_url):
            assert _offences(before, after) == [], f"{revision}: contract in a later version"


def _shape(url: str) -> dict[str, tuple[dict[str, Any], set[Any]]]:
    """Table → its columns, and what must be unique in it."""
    with migrate.connection(url) as conn, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Skip.*expression-based index")
        found = sa.inspect(conn)
        return {
            table: (
                {column["name"]: column for column in found.get_columns(table)},
                {tuple(i["column_names"]) for i in found.get_indexes(table) if i["unique"]},
            )
            for table in found.get_table_names()
        }


def _floors(url: str) -> set[str]:
    with migrate.connection(url) as conn:
        if not sa.inspect(conn).has_table("schema_floor"):
            return set()
        return set(conn.scalars(sa.text("SELECT oldest FROM schema_floor")))


def _offences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a process of the revision before would stumble over."""
    found = [f"{table} is gone" for table in before if table not in after]
    for table in before.keys() & after.keys():
        (old, old_unique), (new, new_unique) = before[table], after[table]
        found += [f"{table}.{name} is gone" for name in old.keys() - new.keys()]
        found += [f"{table}: {columns} must be unique" for columns in new_unique - old_unique]
        for name, column in new.items():
            must = not column["nullable"] and column["default"] is None
            if name not in old and must:
                found.append(f"{table}.{name} must be given")
            if name in old and old[name]["nullable"] and not column["nullable"]:
                found.append(f"{table}.{name} must be given now")
            if name in old and str(old[name]["type"]) != str(column["type"]):
                found.append(f"{table}.{name} is of another type")
    return found


@pytest.mark.parametrize(
    ("change", "offence"),
    [
        ("ALTER TABLE outbox ADD COLUMN x TEXT", ""),
        ("ALTER TABLE outbox ADD COLUMN x TEXT NOT NULL DEFAULT ''", ""),
        ("DROP INDEX ix_outbox_waiting", ""),
        ("ALTER TABLE quarantine_counts DROP COLUMN kept", "quarantine_counts.kept is gone"),
        ("DROP TABLE quarantine_counts", "quarantine_counts is gone"),
        ("ALTER TABLE outbox RENAME COLUMN kind TO sort", "outbox.kind is gone"),
        ("CREATE UNIQUE INDEX u ON outbox (kind)", "outbox: ('kind',) must be unique"),
        ("ALTER TABLE outbox ALTER COLUMN attempt_pk SET NOT NULL", "must be given now"),
        ("ALTER TABLE outbox ALTER COLUMN tries TYPE BIGINT", "outbox.tries is of another type"),
        ("ALTER TABLE outbox ADD COLUMN x TEXT NOT NULL", "outbox.x must be given"),
    ],
)
def test_what_counts_as_adding(empty_postgresql_url: str, change: str, offence: str) -> None:
    migrate.upgrade(empty_postgresql_url, _BEFORE_ROLLING_UPGRADES)
    before = _shape(empty_postgresql_url)
    with migrate.connection(empty_postgresql_url) as conn:
        conn.execute(sa.text(change))
    found = _offences(before, _shape(empty_postgresql_url))
    assert (any(offence in one for one in found)) if offence else found == []


def test_a_newer_schema_is_worked_on_unless_it_says_otherwise(postgresql_url: str) -> None:
    assert migrate.standing(postgresql_url) == (Standing.CURRENT, migrate.head())
    with migrate.connection(postgresql_url) as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert migrate.standing(postgresql_url) == (Standing.NEWER, "9999")
    with migrate.connection(postgresql_url) as conn:
        conn.execute(sa.text("DELETE FROM schema_floor"))
    assert migrate.standing(postgresql_url) == (Standing.NEWER, "9999")
    with migrate.connection(postgresql_url) as conn:
        conn.execute(sa.text("INSERT INTO schema_floor (oldest) VALUES ('9998')"))
    assert migrate.standing(postgresql_url) == (Standing.TOO_NEW, "9999")
    with migrate.connection(postgresql_url) as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0004'"))
    assert migrate.standing(postgresql_url) == (Standing.OLDER, "0004")
    with migrate.connection(postgresql_url) as conn:
        version = f"UPDATE alembic_version SET version_num = '{migrate.head()}'"
        conn.execute(sa.text(version))
        conn.execute(sa.text("UPDATE dbos.dbos_migrations SET version = 3"))
    assert migrate.standing(postgresql_url) == (Standing.OLDER, migrate.head())
    with migrate.connection(postgresql_url) as conn:
        # Not rows, so the next test gets another database.
        conn.execute(sa.text("CREATE TABLE spoilt (id INTEGER)"))


def test_an_upgrade_gives_way_to_who_is_at_work(empty_postgresql_url: str) -> None:
    migrate.upgrade(empty_postgresql_url, _BEFORE_ROLLING_UPGRADES)
    with migrate.connection(empty_postgresql_url) as conn:
        conn.execute(sa.text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
        upgrading = threading.Thread(target=migrate.upgrade, args=(empty_postgresql_url,))
        upgrading.start()
        # Longer than it waits for a lock: it has given way at least once.
        upgrading.join(migrate._LOCK_SECONDS + 1)
        assert upgrading.is_alive()
    upgrading.join(60)
    assert migrate.standing(empty_postgresql_url)[0] is Standing.CURRENT
