"""One transaction per unit, on both databases: commits, rollbacks, groups, retries (design §4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from proctor_hub.errors import ConfigurationError
from proctor_hub.storage.engine import Database, after_commit, violates
from proctor_hub.storage.tables import courses, metadata, people
from proctor_hub.storage.writer import GROUP
from tests.support import START

PATIENCE = 20


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def add(conn: sa.Connection, user_id: str) -> str:
    conn.execute(people.insert(), {"user_id": user_id, "created_at": START})
    return user_id


def users(database: Database) -> list[str]:
    with database.read() as conn:
        return list(conn.execute(sa.select(people.c.user_id).order_by(people.c.id)).scalars())


class Boom(Exception):
    pass


def test_a_unit_is_committed_before_it_returns_and_rolled_back_where_it_raises(
    database: Database,
) -> None:
    def failing(conn: sa.Connection) -> None:
        add(conn, "lost")
        raise Boom

    assert database.write(lambda conn: add(conn, "kept")) == "kept"
    with pytest.raises(Boom):
        database.write(failing)
    assert users(database) == ["kept"]


def test_calls_after_the_commit_are_made_in_order_by_the_caller_and_only_then(
    database: Database,
) -> None:
    calls: list[Any] = []

    def unit(conn: sa.Connection, fails: bool) -> None:
        after_commit(conn, lambda: calls.append((users(database), threading.get_ident())))
        after_commit(conn, lambda: calls.append("second"))
        add(conn, "x")
        if fails:
            raise Boom

    with pytest.raises(Boom):
        database.write(lambda conn: unit(conn, True))
    assert calls == []
    database.write(lambda conn: unit(conn, False))
    assert calls == [(["x"], threading.get_ident()), "second"]


def test_a_unit_within_a_unit_is_refused_and_the_next_one_works(database: Database) -> None:
    def outer(conn: sa.Connection) -> str:
        return database.write(lambda inner: add(inner, "inner"))

    with pytest.raises(RuntimeError, match="must not start another"):
        database.write(outer)
    assert database.write(lambda conn: add(conn, "next")) == "next"
    assert users(database) == ["next"]


def test_after_a_commit_another_unit_may_be_started(database: Database) -> None:
    def unit(conn: sa.Connection) -> None:
        after_commit(conn, lambda: database.write(lambda inner: add(inner, "after")) and None)
        add(conn, "first")

    database.write(unit)
    assert users(database) == ["first", "after"]


@pytest.mark.parametrize(
    ("table", "name", "row"),
    [
        (people, "uq_people_user_id", {"user_id": "a", "created_at": START}),
        (courses, "uq_courses_course_id", {"course_id": "a", "created_at": START}),
        (people, "pk_people", {"id": 77, "user_id": "b", "created_at": START}),
    ],
)
def test_which_constraint_was_violated(
    database: Database, table: sa.Table, name: str, row: dict[str, Any]
) -> None:
    database.write(lambda conn: conn.execute(people.insert(), {**ROW, "id": 77}) and None)
    if table is courses:
        database.write(lambda conn: conn.execute(courses.insert(), row) and None)
    with pytest.raises(IntegrityError) as error:
        database.write(lambda conn: conn.execute(table.insert(), row) and None)
    names = ["uq_people_user_id", "uq_courses_course_id", "pk_people"]
    assert [one for one in names if violates(error.value, one)] == [name]
    if database.dialect == "sqlite":
        with pytest.raises(LookupError):
            violates(error.value, "uq_nothing")


ROW = {"user_id": "a", "created_at": START}


def test_readers_cannot_write(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as conn, pytest.raises(OperationalError):
        add(conn, "x")
    database.close()


def together(database: Database, units: list[Any]) -> list[Any]:
    """Run units so that they wait together behind one that holds the writer."""
    writer = database._writer
    assert writer is not None
    entered, go = threading.Event(), threading.Event()

    def hold(conn: sa.Connection) -> None:
        entered.set()
        assert go.wait(PATIENCE)

    with ThreadPoolExecutor(len(units) + 1) as pool:
        first = pool.submit(database.write, hold)
        assert entered.wait(PATIENCE)
        futures = [pool.submit(database.write, unit) for unit in units]
        while writer._queue.qsize() < len(units):
            threading.Event().wait(0.001)
        go.set()
        first.result(PATIENCE)
        return [future.exception(PATIENCE) or future.result() for future in futures]


def test_a_group_shares_a_commit_and_one_that_fails_takes_nothing_with_it(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    commits: list[int] = []
    sa.event.listen(database.engine, "commit", lambda conn: commits.append(1))
    called: list[int] = []

    def unit(n: int) -> Any:
        def run(conn: sa.Connection) -> int:
            after_commit(conn, lambda: called.append(n))
            add(conn, f"user-{n}")
            if n % 5 == 0:
                add(conn, f"user-{n}")
            return n

        return run

    results = together(database, [unit(n) for n in range(20)])
    failed = [n for n in range(20) if isinstance(results[n], IntegrityError)]
    assert failed == [0, 5, 10, 15]
    expected = sorted(set(range(20)) - set(failed))
    assert sorted(users(database)) == sorted(f"user-{n}" for n in expected)
    assert sorted(called) == expected
    assert len(commits) == 2
    assert GROUP >= 20
    database.close()


def test_where_the_commit_fails_nobody_is_told_that_it_worked(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    called: list[int] = []
    held: list[int] = []

    def fail(conn: sa.Connection) -> None:
        held.append(1)
        if len(held) == 2:
            raise Boom

    sa.event.listen(database.engine, "commit", fail)

    def unit(conn: sa.Connection) -> None:
        after_commit(conn, lambda: called.append(1))
        conn.execute(people.insert(), {"user_id": f"u{id(conn)}-{len(held)}", "created_at": START})

    def other(conn: sa.Connection) -> None:
        add(conn, "other")

    assert [type(result) for result in together(database, [unit, other])] == [Boom, Boom]
    assert (users(database), called) == ([], [])
    assert database.write(lambda conn: add(conn, "later")) == "later"
    database.close()


def test_closing_finishes_what_is_queued_and_takes_nothing_more(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    entered, go = threading.Event(), threading.Event()

    def hold(conn: sa.Connection) -> str:
        entered.set()
        assert go.wait(PATIENCE)
        return add(conn, "held")

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(database.write, hold)
        assert entered.wait(PATIENCE)
        second = pool.submit(database.write, lambda conn: add(conn, "queued"))
        assert database._writer is not None
        while not database._writer._queue.qsize():
            threading.Event().wait(0.001)
        closing = pool.submit(database.close)
        go.set()
        closing.result(PATIENCE)
        assert (first.result(), second.result()) == ("held", "queued")
    with pytest.raises(RuntimeError, match="closed"):
        database.write(lambda conn: add(conn, "late"))
    database.close()
    again = Database(sqlite_url)
    assert users(again) == ["held", "queued"]
    again.close()


def test_what_postgresql_asks_to_repeat_is_repeated(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    runs, called = [], []

    def unit(conn: sa.Connection) -> str:
        runs.append(1)
        after_commit(conn, lambda: called.append(len(runs)))
        add(conn, "once")
        if len(runs) < 3:
            raise_in(conn, "40001")
        return "done"

    assert database.write(unit) == "done"
    assert (len(runs), called, users(database)) == (3, [3], ["once"])
    with pytest.raises(sa.exc.DBAPIError):
        database.write(lambda conn: runs.append(1) or raise_in(conn, "40P01"))
    assert len(runs) == 8
    with pytest.raises(sa.exc.DBAPIError):
        database.write(lambda conn: runs.append(1) or raise_in(conn, "22012"))
    assert len(runs) == 9
    database.close()


def raise_in(conn: sa.Connection, state: str) -> None:
    conn.execute(sa.text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))


def test_a_deadlock_on_postgresql_ends_with_both_done(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    for name in ("a", "b"):
        database.write(lambda conn, name=name: add(conn, name))
    both = threading.Barrier(2)
    waited: set[int] = set()

    def unit(first: str, second: str) -> Any:
        def run(conn: sa.Connection) -> None:
            for name in (first, second):
                mine = people.c.user_id == name
                conn.execute(people.update().where(mine).values(full_name=first))
                if name == first and threading.get_ident() not in waited:
                    waited.add(threading.get_ident())
                    both.wait(PATIENCE)

        return run

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(database.write, [unit("a", "b"), unit("b", "a")]))
    with database.read() as conn:
        names = set(conn.execute(sa.select(people.c.full_name)).scalars())
    assert len(names) == 1
    database.close()


def test_a_lost_connection_is_replaced(postgresql_url: str) -> None:
    database = Database(postgresql_url, pool_size=1)
    pid = database.write(lambda conn: conn.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
    dsn = postgresql_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(dsn, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert database.write(lambda conn: add(conn, "x")) == "x"
    database.close()


def test_a_commit_that_may_have_happened_is_not_made_again(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    dsn = postgresql_url.replace("postgresql+psycopg", "postgresql")
    runs: list[int] = []

    def kill(conn: sa.Connection) -> None:
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(dsn, autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [pid])

    sa.event.listen(database.engine, "commit", kill)
    with pytest.raises(OperationalError):
        database.write(lambda conn: runs.append(1) or add(conn, "x"))
    sa.event.remove(database.engine, "commit", kill)
    assert (len(runs), users(database)) == (1, [])
    database.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "oracle://x"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database(url)


def test_what_is_erased_is_in_no_file_of_the_embedded_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.engine)
    try:
        for number in range(40):
            database.write(lambda conn, n=number: add(conn, f"ada-of-the-secret-name-{n}" * 9))
        database.write(lambda conn: conn.execute(people.update().values(user_id=people.c.id)))
        database.write(lambda conn: conn.execute(people.delete().where(people.c.id > 3)))
        assert database.forget()
        assert [f.name for f in tmp_path.iterdir() if b"secret-name" in f.read_bytes()] == []
    finally:
        database.close()


def test_a_snapshot_sees_one_state(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    try:
        count = sa.select(sa.func.count()).select_from(people)
        with database.snapshot() as conn, database.read() as other:
            assert conn.scalar(count) == 0
            database.write(lambda conn: add(conn, "ada"))
            assert (conn.scalar(count), other.scalar(count)) == (0, 1)
        with database.read() as conn:
            assert conn.scalar(count) == 1
    finally:
        database.close()


def test_a_busy_reader_is_not_waited_for_long(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.engine)
    try:
        with database.snapshot() as conn:
            conn.execute(sa.select(people.c.id)).all()
            database.write(lambda conn: add(conn, "ada"))
            assert not database.forget()
        assert database.forget()
    finally:
        database.close()


def test_an_error_of_the_database_tells_no_values(database: Database) -> None:
    database.write(lambda conn: add(conn, "ada-of-the-secret-name"))
    row = {"user_id": "ada-of-the-secret-name", "username": "secret-too", "created_at": START}
    with pytest.raises(IntegrityError) as caught:
        database.write(lambda conn: conn.execute(people.insert(), row))
    assert "secret-too" not in str(caught.value)
