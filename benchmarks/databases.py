"""A database of its own for each measurement, migrated, on disk and durable."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from proctor_hub.storage.migrate import upgrade

SERVER_VARIABLE = "PROCTOR_HUB_TEST_POSTGRES"
ENGINES = ("sqlite", "postgresql")


@contextmanager
def fresh(engine: str) -> Iterator[str]:
    """The URL of a migrated, empty database that is gone afterwards."""
    with _sqlite() if engine == "sqlite" else _postgresql() as url:
        upgrade(url)
        yield url


@contextmanager
def _sqlite() -> Iterator[str]:
    # Beside this file and not in /tmp, which may be memory: commits must reach a disk.
    folder = Path(__file__).with_name("out")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="db-") as place:
        yield f"sqlite:///{place}/hub.db"


@contextmanager
def _postgresql() -> Iterator[str]:
    text = os.environ.get(SERVER_VARIABLE)
    if not text:
        raise SystemExit(f"{SERVER_VARIABLE} is not set: run make bench")
    server = make_url(text)
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"proctor_hub_bench_{uuid.uuid4().hex}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {setting}".encode()).fetchone()
            if row is None or row[0] != "on":
                raise SystemExit(f"PostgreSQL runs with {setting} off: nothing would be durable")
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
