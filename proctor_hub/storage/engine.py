"""The hub's database: one interface, SQLite (embedded) or PostgreSQL (scale) behind it.

All writing goes through :meth:`Database.write`, which runs a *unit* in one transaction and returns
after its commit. A unit is a function of a connection; it may be run again (deadlock, serialization
failure), so it has no effect outside the database.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.exc import DBAPIError, IntegrityError

from proctor_hub.errors import ConfigurationError
from proctor_hub.storage.tables import metadata
from proctor_hub.storage.writer import AFTER_COMMIT, GroupWriter, run_all

T = TypeVar("T")
Unit = Callable[[sa.Connection], T]

_RETRY_STATES = frozenset({"40001", "40P01"})
_RETRIES = 5
_PATIENCE_SECONDS = 30
_FORGET_PATIENCE_MS = 1000


def _to_json(value: Any) -> str:
    return to_json(value).decode()


_JSON: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": from_json}
"""JSON columns through pydantic's own encoder, several times as fast as the standard library's."""


def sqlite_module() -> Any:
    """The SQLite driver of this process: ``pysqlite3`` where it is installed.

    Debian's own SQLite may have the WAL-reset bug (fixed in 3.51.3), which can lose commits.
    """
    if sys.platform == "linux":
        from pysqlite3 import dbapi2

        return dbapi2
    import sqlite3

    return sqlite3


class Database:
    """A database the hub can use; see the module's docstring.

    :param url: SQLAlchemy URL, ``sqlite:///path`` or ``postgresql+psycopg://…``.
    :param pool_size: connections kept per process on PostgreSQL, readers on SQLite.
    :param read_only: nothing will be written: the database is told so, where it can be.
    :param idle_seconds: after which PostgreSQL ends a transaction in which nothing happens.
    :raises ConfigurationError: the URL names another database.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 4,
        read_only: bool = False,
        idle_seconds: float = 60.0,
    ) -> None:
        self.url = sa.engine.make_url(url)
        self.dialect = self.url.get_backend_name()
        self._writer: GroupWriter | None = None
        self._here = threading.local()
        self.idle_seconds = idle_seconds
        if self.dialect == "sqlite":
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            self._readers = _sqlite_engine(self.url, pool_size, None)
            self.engine = _sqlite_engine(self.url, 1, "BEGIN IMMEDIATE")
            self._writer = GroupWriter(self.engine)
            if read_only:
                self._writer.close()
        elif self.dialect == "postgresql":
            how = connect_args(idle_seconds)
            if read_only:  # and holds no locks, so it may take its time
                how = connect_args(0)
                how["options"] += " -c default_transaction_read_only=on"
            self.engine = sa.create_engine(
                self.url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=False,
                hide_parameters=True,
                **_JSON,
                connect_args=how,
            )
            # A read is one statement, so its own snapshot: no round trips for BEGIN and ROLLBACK.
            self._readers = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        else:
            raise ConfigurationError(
                f"database URL: {self.dialect} is not supported; use sqlite:/// or postgresql+psycopg://"
            )

    def write(self, unit: Unit[T]) -> T:
        """Run ``unit`` in one transaction; return its result after the commit.

        What the unit raises rolls its work back and is raised here.

        :raises RuntimeError: called from within a unit.
        """
        if self._writer is not None:
            return self._writer.run(unit)
        if getattr(self._here, "within", False):
            raise RuntimeError("a unit must not start another unit: pass the connection on")
        for attempt in range(_RETRIES):
            calls: list[Callable[[], None]] = []
            try:
                result = self._run(unit, calls)
            except DBAPIError as error:
                # A connection lost in the commit leaves open whether it happened: not made twice.
                lost = error.connection_invalidated and not self._here.committing
                again = lost or _state(error) in _RETRY_STATES
                if not again or attempt == _RETRIES - 1:
                    raise
            else:
                run_all(calls)
                return result
        raise AssertionError("unreachable")

    def _run(self, unit: Unit[T], calls: list[Callable[[], None]]) -> T:
        self._here.within, self._here.committing = True, False
        try:
            with self.engine.begin() as conn:
                conn.info[AFTER_COMMIT] = calls
                result = unit(conn)
                self._here.committing = True
            return result
        finally:
            self._here.within = False

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading: one consistent snapshot per statement, nothing is written."""
        with self._readers.connect() as conn:
            yield conn

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A connection for several statements that belong together; nothing is written.

        They see one state on SQLite; on PostgreSQL each sees its own, and settings made with
        ``SET LOCAL`` hold until the end.
        """
        if self._writer is None:
            with self.engine.connect() as conn:
                yield conn
            return
        with self._readers.connect() as conn:
            driver: Any = conn.connection.driver_connection
            driver.execute("BEGIN")
            try:
                yield conn
            finally:
                driver.execute("ROLLBACK")

    def forget(self) -> bool:
        """Have erased content leave the embedded database's write-ahead log, too.

        True when nothing of it is left there; False where readers or writers kept it busy: then
        it goes with the next call, or when the database is closed. PostgreSQL's own clean-up needs
        no help.
        """
        if self._writer is None:
            return True
        connection = self._readers.raw_connection()
        try:
            driver: Any = connection.driver_connection
            # Writers wait meanwhile, so a long reader (a report) must not be waited for as usual.
            driver.execute(f"PRAGMA busy_timeout={_FORGET_PATIENCE_MS}")
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.execute(f"PRAGMA busy_timeout={_PATIENCE_SECONDS * 1000}")
        finally:
            connection.close()
        return not busy

    def close(self) -> None:
        """Finish what is queued, then close every connection."""
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()
        self._readers.dispose()


def connect_args(idle_seconds: float) -> dict[str, Any]:
    """How to connect to PostgreSQL.

    A process that is paused, or cut off, in a transaction must not hold its locks for ever.

    :param idle_seconds: after which such a transaction is ended; 0: never.
    """
    idle = f"-c idle_in_transaction_session_timeout={int(idle_seconds * 1000)}"
    return {"connect_timeout": 10, "options": f"-c timezone=UTC {idle}"}


def after_commit(conn: sa.Connection, call: Callable[[], None]) -> None:
    """Within a unit: have ``call`` made once the unit is committed, and not if it is not.

    It is made on the thread that called :meth:`Database.write`; it must not raise.
    """
    conn.info[AFTER_COMMIT].append(call)


def violates(error: IntegrityError, name: str) -> bool:
    """Whether ``error`` says that the unique index or constraint ``name`` was violated."""
    diag = getattr(error.orig, "diag", None)
    if diag is not None:
        return bool(diag.constraint_name == name)
    table, columns = _unique_columns(name)
    expected = ", ".join(f"{table}.{column}" for column in columns)
    return str(error.orig) == f"UNIQUE constraint failed: {expected}"


def _unique_columns(name: str) -> tuple[str, list[str]]:
    for table in metadata.tables.values():
        for index in table.indexes:
            if index.name == name:
                return table.name, [c.name for c in index.columns]
        for constraint in table.constraints:
            if not isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
                continue
            if _constraint_name(table, constraint) == name:
                return table.name, [c.name for c in constraint.columns]
    raise LookupError(f"no unique index or constraint is called {name}")


def _constraint_name(table: sa.Table, constraint: Any) -> str:
    if isinstance(constraint, sa.PrimaryKeyConstraint):
        return f"pk_{table.name}"
    return f"uq_{table.name}_" + "_".join(c.name for c in constraint.columns)


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _sqlite_engine(url: sa.URL, pool_size: int, begin: str | None) -> sa.Engine:
    """``begin``: what opens a transaction; None: for reading, statement by statement."""
    query_only = begin is None
    engine = sa.create_engine(
        url,
        module=sqlite_module(),
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        max_overflow=16 if query_only else 0,
        pool_reset_on_return=None if query_only else "rollback",
        hide_parameters=True,  # an error's text goes to logs, and values can be personal data
        **_JSON,
        connect_args={"check_same_thread": False, "timeout": _PATIENCE_SECONDS},
    )

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # What is erased must not stay readable in the file (domain §1, retirement).
            "secure_delete=ON",
            "cache_size=-16384",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if query_only:
            connection.execute("PRAGMA query_only=ON")

    def on_begin(conn: sa.Connection) -> None:
        conn.connection.driver_connection.execute(begin)  # type: ignore[union-attr]

    sa.event.listen(engine, "connect", on_connect)
    if begin is not None:
        sa.event.listen(engine, "begin", on_begin)
    return engine
