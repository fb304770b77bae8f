"""The rows of the results reports, streamed as CSV (domain §8): constant memory, any size.

Both databases give the same bytes: UTF-8, RFC 4180 (CRLF, minimal quoting), formula guard and
moments made in SQL, order by code point. SQLite is read in keyset pages through the report's index,
each a short read transaction of its own, so that a slow reader never holds the log open; a row that
is renamed while the report runs may therefore be missed or come twice. PostgreSQL sends one
``COPY``, which is one snapshot; closing the stream cancels it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.report import COLUMNS, LEGACY_COLUMNS
from proctor_hub.storage.engine import Database
from proctor_hub.storage.report_cells import (
    POSTGRESQL,
    SQLITE,
    Cells,
    legacy_cells,
    result_cells,
)

PAGE_ROWS = 5_000
"""Rows of one read transaction on SQLite."""

PAGE_CHARACTERS = 1 << 20
"""A page ends early rather than grow much beyond this."""

_SLICE = 100
_COPIED_ROWS = 256
_KEY = "exam_name, username, number, id"
_FIRST = ("", "", 0, 0)  # before every row: numbers and ids begin at 1
_WHERE = "course_pk = {course_pk} AND exam_type <> 'timed'"
_KEY_BY_CODE_POINT = 'exam_name COLLATE "C", username COLLATE "C", number, id'
# Naming a collation that is not the index's own costs a sort, so it is named only where needed.
_BY_CODE_POINT = sa.text(
    "SELECT datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8') AND datlocprovider = 'c' "
    "FROM pg_database WHERE datname = current_database()"
)

Reader = Callable[[], AbstractContextManager[sa.Connection]]


Counted = Callable[[int], None]
"""Is told how many rows a chunk has, before the chunk is given out."""


def _nobody_counts(_rows: int) -> None:
    """Nobody wants to know."""


def stream_results(
    database: Database, course_pk: int, course_id: str, counted: Counted = _nobody_counts
) -> Iterator[bytes]:
    """The Proctored Exam Results report of a course, header first, in chunks.

    :param course_id: the value of the first column, not yet guarded.
    """
    return _stream(
        database, course_pk, COLUMNS, partial(result_cells, course_id=course_id), counted
    )


def stream_legacy(
    database: Database, course_pk: int, counted: Counted = _nobody_counts
) -> Iterator[bytes]:
    """The older report over the same rows in the same order."""
    return _stream(database, course_pk, LEGACY_COLUMNS, legacy_cells, counted)


def count_rows(database: Database, course_pk: int) -> int:
    """How many rows the reports of a course have now, from the index alone."""
    where = sa.text(_WHERE.format(course_pk=":course_pk"))
    query = sa.select(sa.func.count()).select_from(sa.text("attempts")).where(where)
    with database.read() as conn:
        return int(conn.execute(query, {"course_pk": course_pk}).scalar_one())


def _stream(
    database: Database,
    course_pk: int,
    header: tuple[str, ...],
    columns: Callable[[Cells], tuple[str, ...]],
    counted: Counted,
) -> Iterator[bytes]:
    yield (",".join(header) + "\r\n").encode()
    if database.dialect == "sqlite":
        chunks = _sqlite_pages(database.snapshot, course_pk, columns(SQLITE))
    else:
        chunks = _postgresql_copy(database.snapshot, course_pk, columns(POSTGRESQL))
    for rows, chunk in chunks:
        counted(rows)
        yield chunk


def _sqlite_pages(
    snapshot: Reader, course_pk: int, cells: tuple[str, ...]
) -> Iterator[tuple[int, bytes]]:
    # The values of a page come from the driver directly: SQLAlchemy's rows cost a third more.
    page = (
        f"SELECT id, {', '.join(cells)} FROM attempts "  # noqa: S608 - our own fragments
        f"WHERE {_WHERE.format(course_pk='?')} AND ({_KEY}) > (?, ?, ?, ?) "
        f"ORDER BY {_KEY} LIMIT {PAGE_ROWS}"
    )
    place = f"SELECT {_KEY} FROM attempts WHERE id = ?"  # noqa: S608 - our own fragments
    after: tuple[Any, ...] | None = _FIRST
    while after is not None:
        with snapshot() as conn:
            driver: Any = conn.connection.driver_connection
            cursor = driver.execute(page, (course_pk, *after))
            text, rows, last = _write_page(cursor)
            cursor.close()
            after = None if last is None else driver.execute(place, (last,)).fetchone()
        if text:
            yield rows, text.encode()


def _write_page(cursor: Any) -> tuple[str, int, int | None]:
    """CSV text of (part of) a page, how many rows, the id it ends with; None if nothing came."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    last: int | None = None
    count = 0
    while sink.tell() < PAGE_CHARACTERS and (rows := cursor.fetchmany(_SLICE)):
        last = rows[-1][0]
        count += len(rows)
        writer.writerows([row[1:] for row in rows])
    return sink.getvalue(), count, last


def _postgresql_copy(
    snapshot: Reader, course_pk: int, cells: tuple[str, ...]
) -> Iterator[tuple[int, bytes]]:
    with snapshot() as conn:
        # Compiling the statement takes longer than it saves: no join, no sum, cheap expressions.
        conn.exec_driver_sql("SET LOCAL jit = off")
        order = _KEY if conn.execute(_BY_CODE_POINT).scalar() else _KEY_BY_CODE_POINT
        statement = (
            f"COPY (SELECT {', '.join(cells)} FROM attempts "  # noqa: S608 - our own fragments
            f"WHERE {_WHERE.format(course_pk=int(course_pk))} ORDER BY {order}) "
            "TO STDOUT WITH (FORMAT csv, ENCODING 'UTF8')"
        )
        driver: Any = conn.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            yield from _crlf(copy)


def _crlf(rows: Iterable[memoryview]) -> Iterator[tuple[int, bytes]]:
    """Chunks with CRLF after each row, and how many rows each has.

    COPY ends rows with LF and sends one message per row (a promise of its protocol), so a line end
    can be told from a line break within a cell; most chunks have no such break and are quick.
    """
    iterator = iter(rows)
    while batch := list(islice(iterator, _COPIED_ROWS)):
        text = b"".join(batch)
        if text.count(b"\n") == len(batch):
            text = text.replace(b"\n", b"\r\n")
        else:
            text = b"".join([bytes(row[:-1]) + b"\r\n" for row in batch])
        yield len(batch), text
