"""Databases for the tests: a fresh one per test, on SQLite and on PostgreSQL alike.

`database_url` and `empty_database_url` run a test once per engine; `sqlite_url` and
`postgresql_url` are for what only one engine can show. Migrating is slow and copying is fast, so
each engine is migrated once per session and every test gets a copy of that template.
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


@pytest.fixture
def postgresql_url(postgresql_server: URL, postgresql_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    yield from _postgresql_database(postgresql_server, postgresql_template)


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
