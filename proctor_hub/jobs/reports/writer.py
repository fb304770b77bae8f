"""``python -m proctor_hub.jobs.reports.writer``: writes one report file, then ends.

A process of its own, since making CSV holds the interpreter's lock for seconds, and the process
that runs the job may be the one that answers callbacks.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa

from proctor_hub.domain.report import ReportKind
from proctor_hub.jobs.reports.order import Order, Said, order_in
from proctor_hub.storage.engine import Database, sqlite_module
from proctor_hub.storage.report import count_rows, stream_legacy, stream_results
from proctor_hub.storage.report_files import ReportFiles, StorageFailed

SAY_EVERY_SECONDS = 1.0
_NICE = 5
_ABANDONED = 3
# Rows are fetched through the drivers, whose errors SQLAlchemy then does not see.
_DATABASE_ERRORS = (sa.exc.SQLAlchemyError, psycopg.Error, sqlite_module().Error)


def main() -> int:
    """Take the order from standard input, say how far it is on standard output."""
    os.umask(0o077)  # local files are for the hub's user alone
    os.nice(_NICE)  # those who answer callbacks go first
    order = order_in(sys.stdin.buffer.readline())
    threading.Thread(target=_end_when_abandoned, daemon=True).start()
    try:
        _say(_write(order))
    except StorageFailed as error:
        _say(Said(failed=str(error)))
    except FileNotFoundError:
        _say(Said(failed="the file was removed while it was written"))
    except _DATABASE_ERRORS as error:
        cause = getattr(error, "orig", None) or error
        _say(Said(failed=f"the database could not be read: {type(cause).__name__}"))
    else:
        return 0
    return 1


def _end_when_abandoned() -> None:
    """The other end of the pipe is closed by the system, too, when that process is killed."""
    os.read(0, 1)
    os._exit(_ABANDONED)


def _write(order: Order) -> Said:
    files = ReportFiles(order.files_url, order.files_options)
    database = Database(order.database_url, pool_size=1, read_only=True)
    try:
        progress = _Progress(count_rows(database, order.course_pk))
        size = 0
        with files.writing(order.code, order.part) as put:
            for chunk in _chunks(order, database, progress):
                put(chunk)
                size += len(chunk)
                progress.tell()
        files.rename(order.code, order.part, order.name)
        return Said(rows=progress.rows, total=progress.rows, size=size)
    finally:
        database.close()


def _chunks(order: Order, database: Database, progress: _Progress) -> Iterator[bytes]:
    if order.kind is ReportKind.LEGACY:
        return stream_legacy(database, order.course_pk, progress.count)
    return stream_results(database, order.course_pk, order.course_id, progress.count)


class _Progress:
    """Counts rows, and says so at once and then about once a second."""

    def __init__(self, total: int) -> None:
        self.rows = 0
        self._total = total
        self._next = 0.0

    def count(self, rows: int) -> None:
        """So many more are about to be written."""
        self.rows += rows

    def tell(self) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SAY_EVERY_SECONDS
            _say(Said(rows=self.rows, total=max(self._total, self.rows)))


def _say(said: Said) -> None:
    sys.stdout.buffer.write(said.line())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
