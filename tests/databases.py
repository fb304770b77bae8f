"""Databases for the tests: a fresh one per test, on SQLite and on PostgreSQL alike.

`database_url` and `empty_database_url` run a test once per engine; `sqlite_url` and
`postgresql_url` are for what only one engine can show. Migrating is slow and copying is fast, so
each engine is migrated once per session and every test gets a copy of that template. On PostgreSQL
even copying is slow (0.15 s); so a copy is emptied and used again, unless a test changed more than
rows in it.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

ENGINES = ("sqlite", "postgresql")
SERVER_VARIABLE = "PROCTOR_HUB_TEST_POSTGRES"


def _upgrade(url: str) -> None:
    from proctor_hub.storage.migrate import upgrade

    upgrade(url)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_server() -> URL:
    """The URL of the server that the tests may make databases on; without one the test fails."""
    text = os.environ.get(SERVER_VARIABLE)
    if not text:
        pytest.fail(f"{SERVER_VARIABLE} is not set: run make test", pytrace=False)
    return make_url(text)


def _execute(server: URL, statement: str) -> None:
    """Run one statement that cannot run in a transaction (CREATE and DROP DATABASE)."""
    dsn = _text(server.set(drivername="postgresql"))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())


def _new_name() -> str:
    return f"proctor_hub_test_{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody writes to."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _upgrade(_sqlite_url(path))
    wal = path.with_name(path.name + "-wal")
    assert not wal.exists() or not wal.stat().st_size, "upgrade left its SQLite connection open"
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> Iterator[str]:
    """The name of a migrated PostgreSQL database that nobody is connected to."""
    name = _new_name()
    _execute(postgresql_server, f"CREATE DATABASE {name}")
    try:
        _upgrade(_text(postgresql_server.set(database=name)))
        yield name
    finally:
        _execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def _postgresql_database(server: URL, template: str) -> Iterator[str]:
    name = _new_name()
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _text(server.set(database=name))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The URL of a fresh, migrated SQLite file."""
    path = tmp_path / "hub.db"
    shutil.copyfile(sqlite_template, path)
    return _sqlite_url(path)


_MANY_ROWS = 20_000
# With how many rows the planner thinks a table has: who was analysed is not as fresh as a copy.
_RELATIONS = (
    "SELECT oid, relname, CASE relkind WHEN 'r' THEN reltuples END FROM pg_class"
    " WHERE relnamespace <> 'pg_catalog'::regnamespace"
)
# The hub's own, and the job engine's.
_TABLES = (
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
    " AND relname NOT IN ('alembic_version', 'dbos_migrations')"
    " AND relnamespace IN ('public'::regnamespace, 'dbos'::regnamespace)"
)
_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_RESTART = (
    "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
    " AND relnamespace = 'public'::regnamespace"
)


class ReusedDatabase:
    """One copy of the template at a time: emptied after a test, replaced where that is not enough.

    ``server`` and ``template`` as in the fixtures.
    """

    def __init__(self, server: URL, template: str) -> None:
        self._server = server
        self._template = template
        self._name: str | None = None
        self._relations: list[str] = []

    def take(self) -> str:
        """The URL of a migrated database without rows."""
        if self._name is None:
            self._name = _new_name()
            _execute(self._server, f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
            with self._connect() as connection:
                self._relations = self._look(connection)
        return _text(self._server.set(database=self._name))

    def give_back(self) -> None:
        """Empty it for the next test, or drop it."""
        try:
            with self._connect() as connection:
                clean = self._empty(connection)
        except psycopg.Error:
            # For instance not a superuser, who alone may switch foreign keys off.
            clean = False
        if not clean:
            self.drop()

    def drop(self) -> None:
        """Drop the copy there is."""
        if self._name is not None:
            _execute(self._server, f"DROP DATABASE {self._name} WITH (FORCE)")
            self._name = None

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        url = self._server.set(drivername="postgresql", database=self._name)
        return psycopg.connect(_text(url), autocommit=True)

    def _look(self, connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
        return sorted(map(str, connection.execute(_RELATIONS)))

    def _empty(self, connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        connection.execute(_OTHERS)
        if self._look(connection) != self._relations:
            return False
        connection.execute("SET session_replication_role = replica")
        tables = [str(name) for (name,) in connection.execute(_TABLES)]
        gone = sum(connection.execute(f"DELETE FROM {t}".encode()).rowcount for t in tables)
        connection.execute(_RESTART)
        return gone < _MANY_ROWS


@pytest.fixture(scope="session")
def reused_database(postgresql_server: URL, postgresql_template: str) -> Iterator[ReusedDatabase]:
    """The PostgreSQL database that test after test uses."""
    database = ReusedDatabase(postgresql_server, postgresql_template)
    yield database
    database.drop()


@pytest.fixture
def postgresql_url(reused_database: ReusedDatabase) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database without rows."""
    yield reused_database.take()
    reused_database.give_back()


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return _sqlite_url(tmp_path / "empty.db")


@pytest.fixture
def empty_postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """The URL of a PostgreSQL database without a single table."""
    yield from _postgresql_database(postgresql_server, "template0")


@pytest.fixture(params=ENGINES)
def database_engine(request: pytest.FixtureRequest) -> str:
    """Which engine this run of the test is about: `sqlite` or `postgresql`."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_engine: str) -> str:
    """The URL of a fresh, migrated database; the test runs once per engine."""
    return str(request.getfixturevalue(f"{database_engine}_url"))


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database_engine: str) -> str:
    """The URL of a database nobody has migrated; the test runs once per engine."""
    return str(request.getfixturevalue(f"empty_{database_engine}_url"))
