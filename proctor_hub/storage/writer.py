"""The one writer of an embedded database: a thread that commits waiting units together.

Each unit runs in a savepoint of its own, so one that fails takes nothing else with it; all of a
group are acknowledged after the one commit that makes them durable (design §4: measured
374-547 → 678-774 callbacks/s, longest stall 0.05 s instead of seconds with a lock).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import sqlalchemy as sa

T = TypeVar("T")

AFTER_COMMIT = "proctor_hub.after_commit"
"""Where a connection keeps the calls of the unit that runs on it."""

GROUP = 32
"""At most so many units share a commit."""


@dataclass(slots=True)
class _Waiting:
    unit: Callable[[sa.Connection], Any]
    future: Future[Any]
    # The caller's: what a unit writes can name the request it belongs to.
    context: Context
    result: Any = None
    calls: list[Callable[[], None]] = field(default_factory=list)
    error: BaseException | None = None


class GroupWriter:
    """Runs units one after the other on its own thread, up to :data:`GROUP` per commit.

    :param engine: an engine whose ``begin`` starts a write transaction.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread: threading.Thread | None = None

    def run(self, unit: Callable[[sa.Connection], T]) -> T:
        """Run ``unit``; return after its commit, or raise what it raised.

        :raises RuntimeError: called from within a unit, or after :meth:`close`.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit must not start another unit: pass the connection on")
        waiting = _Waiting(unit, Future(), copy_context())
        with self._lock:
            if self._closed:
                raise RuntimeError("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
                self._thread.start()
            self._queue.put(waiting)
        result = cast(T, waiting.future.result())
        run_all(waiting.calls)
        return result

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _loop(self) -> None:
        while True:
            group, last = self._collect()
            if group:
                self._commit(group)
            if last:
                return

    def _collect(self) -> tuple[list[_Waiting], bool]:
        group: list[_Waiting] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) == GROUP:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            with self._engine.begin() as conn:
                for waiting in group:
                    _run_in_savepoint(conn, waiting)
        except BaseException as error:  # the commit itself failed: nobody was acknowledged
            for waiting in group:
                waiting.future.set_exception(error)
            return
        for waiting in group:
            if waiting.error is not None:
                waiting.future.set_exception(waiting.error)
            else:
                waiting.future.set_result(waiting.result)


def run_all(calls: list[Callable[[], None]]) -> None:
    """Make the calls a unit left for after its commit, in order."""
    for call in calls:
        call()


def _run_in_savepoint(conn: sa.Connection, waiting: _Waiting) -> None:
    driver: Any = conn.connection.driver_connection
    conn.info[AFTER_COMMIT] = waiting.calls
    driver.execute("SAVEPOINT unit")
    try:
        waiting.result = waiting.context.run(waiting.unit, conn)
    except BaseException as error:
        waiting.error = error
        driver.execute("ROLLBACK TO unit")
    driver.execute("RELEASE unit")
