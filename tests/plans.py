"""How a database answers what it is asked, so that a test can see that no table is walked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.engine import Database

_WALKS = {
    "sqlite": re.compile(r"\bSCAN (\w+)(?! USING)"),
    "postgresql": re.compile(r"Seq Scan on (\w+)"),
}


class Statements:
    """The statements made while it was watched, with their values."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Any]] = []

    def walked(self, database: Database, table: str) -> list[str]:
        """Those statements whose plan reads all of ``table``, with the plan."""
        return [text for text in self.plans(database) if table in walked_in(database, text)]

    def touching(self, table: str) -> list[str]:
        """Those that name ``table``."""
        return [text for text, _ in self.made if re.search(rf"\b{table}\b", text)]

    def plans(self, database: Database, *, large: bool = False) -> Iterator[str]:
        """Each statement, with how this database answers it.

        ``large``: on PostgreSQL as if the tables were, see :func:`plan`.
        """
        words = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
        with database.snapshot() as conn:
            if large and database.dialect == "postgresql":
                conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
            for text, values in self.made:
                if (
                    text.lstrip()
                    .upper()
                    .startswith(("SELECT", "UPDATE", "DELETE", "WITH", "INSERT"))
                ):
                    lines = conn.exec_driver_sql(words + text, values)
                    plan = "\n".join(str(line[-1]) for line in lines)
                    yield f"{text}\n{plan}"


def walked_in(database: Database, text: str) -> set[str]:
    """The tables that a plan reads from one end to the other."""
    return set(_WALKS[database.dialect].findall(text))


@contextmanager
def watching() -> Iterator[Statements]:
    """Keep the statements that are made inside, on whatever database."""
    found = Statements()

    def keep(_conn: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        found.made.append((text, values[0] if many else values))

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", keep)


def grown(database: Database) -> None:
    """Have PostgreSQL know how large the tables are, as its autovacuum would."""
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("ANALYZE")


def plan(conn: sa.Connection, statement: sa.Executable, values: Mapping[str, Any]) -> str:
    """The steps by which ``statement`` would be answered, one a line; it is not run.

    On PostgreSQL as if the tables were large: small ones are read whole whatever there is.
    """
    embedded = conn.dialect.name == "sqlite"
    if not embedded:
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")

    def explained(
        _conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return f"EXPLAIN {'QUERY PLAN ' if embedded else ''}{sql}", parameters

    sa.event.listen(conn, "before_cursor_execute", explained, retval=True)
    try:
        cursor: Any = conn.execute(statement, values).cursor  # type: ignore[attr-defined]
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
    finally:
        sa.event.remove(conn, "before_cursor_execute", explained)
