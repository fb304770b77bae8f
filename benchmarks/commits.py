"""The raw commit rate of a database: what callbacks per second are compared with (issue 2).

One transaction: ``SELECT`` an attempt, ``INSERT`` 3 KB, ``UPDATE`` the attempt, one commit; raw
driver, one connection per process. Tables of its own beside the hub's, in the same database.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg
from sqlalchemy import make_url

from proctor_hub.storage.engine import sqlite_module

ROWS = 50_000
BODY = 3_000
_TABLES = (
    "CREATE TABLE IF NOT EXISTS bench_attempt "
    "(id INTEGER PRIMARY KEY, status TEXT, version INTEGER)",
    "CREATE TABLE IF NOT EXISTS bench_review (attempt INTEGER, body {blob})",
)
_FILL = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
    f"{ROWS}) INSERT INTO bench_attempt SELECT i, 'submitted', 0 FROM n"
)


def raw_commits(url: str, *, processes: int, seconds: float = 4.0) -> float:
    """Commits per second of ``processes`` processes with one connection each, together."""
    command = [sys.executable, "-m", "benchmarks.commits", url, str(seconds)]
    _prepare(url)
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    rates = []
    for child in children:
        out, _ = child.communicate()
        if child.returncode:
            raise SystemExit(f"the raw commit measurement ended with {child.returncode}")
        rates.append(json.loads(out))
    return float(sum(rates))


def _sqlite_connection(url: str) -> tuple[Callable[[], None], Callable[[int, bytes], None]]:
    conn = sqlite_module().connect(make_url(url).database, timeout=30, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16384"):
        conn.execute(f"PRAGMA {pragma}")

    def prepare() -> None:
        for table in _TABLES:
            conn.execute(table.format(blob="BLOB"))
        if not conn.execute("SELECT count(*) FROM bench_attempt").fetchone()[0]:
            conn.execute(_FILL)

    def one(attempt: int, body: bytes) -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(
            "SELECT status, version FROM bench_attempt WHERE id = ?", (attempt,)
        ).fetchone()
        conn.execute("INSERT INTO bench_review VALUES (?, ?)", (attempt, body))
        conn.execute("UPDATE bench_attempt SET version = version + 1 WHERE id = ?", (attempt,))
        conn.execute("COMMIT")

    return prepare, one


def _postgresql_connection(url: str) -> tuple[Callable[[], None], Callable[[int, bytes], None]]:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    conn = psycopg.connect(dsn)
    cursor = conn.cursor()

    def prepare() -> None:
        for table in _TABLES:
            conn.execute(table.format(blob="BYTEA").encode())
        row = conn.execute("SELECT count(*) FROM bench_attempt").fetchone()
        if row is not None and not row[0]:
            conn.execute(_FILL.encode())
        conn.commit()

    def one(attempt: int, body: bytes) -> None:
        cursor.execute(
            "SELECT status, version FROM bench_attempt WHERE id = %s FOR UPDATE", (attempt,)
        )
        cursor.fetchone()
        cursor.execute("INSERT INTO bench_review VALUES (%s, %s)", (attempt, body))
        cursor.execute("UPDATE bench_attempt SET version = version + 1 WHERE id = %s", (attempt,))
        conn.commit()

    return prepare, one


def _open(url: str) -> tuple[Callable[[], None], Callable[[int, bytes], None]]:
    sqlite = make_url(url).get_backend_name() == "sqlite"
    return _sqlite_connection(url) if sqlite else _postgresql_connection(url)


def _prepare(url: str) -> None:
    prepare, _ = _open(url)
    prepare()


def _measure(url: str, seconds: float) -> float:
    _, one = _open(url)
    chance = random.Random(os.getpid())
    body = chance.randbytes(BODY)
    for _ in range(20):
        one(chance.randint(1, ROWS), body)
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        one(chance.randint(1, ROWS), body)
        count += 1
    return count / spent


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], float(sys.argv[2]))))
