"""How a database would answer a query, so that a test can see that no table is walked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa


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
