"""One transaction stopped at its commit, all its locks held, while another call runs into it.

PostgreSQL only: SQLite has one writer, so there is nothing to stop between two of its units.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import sqlalchemy as sa

from proctor_hub.services.hub import Hub
from tests.races.racing import PATIENCE, Call, Ending, Running

_WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)
_LOOK_AGAIN = 0.002


class Gate:
    """What every commit of a hub passes; ``stops`` may make one wait there."""

    def __init__(self, hub: Hub) -> None:
        self.stops: Callable[[], None] = _nobody
        sa.event.listen(hub.database.engine, "commit", lambda _conn: self.stops())


def _nobody() -> None:
    return None


class Held:
    """A call that stands still just before its first commit; :meth:`release` lets it go on."""

    def __init__(self, gate: Gate, call: Call) -> None:
        self._mine = threading.local()
        self._call = call
        self._reached = threading.Event()
        self._release = threading.Event()
        gate.stops = self._stop
        self.running = Running(self._known)
        self._await(lambda: self._reached.is_set() or self.running.over)

    @property
    def holds(self) -> bool:
        """Whether it stopped; a call that was refused before any commit did not."""
        return self._reached.is_set()

    def release(self) -> None:
        """Let it commit."""
        self._release.set()

    def _known(self) -> Any:
        self._mine.here = True
        return self._call()

    def _stop(self) -> None:
        if getattr(self._mine, "here", False) and not self._reached.is_set():
            self._reached.set()
            assert self._release.wait(PATIENCE)

    @staticmethod
    def _await(happened: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < until, "neither a commit nor an end"
            threading.Event().wait(_LOOK_AGAIN)


class Server:
    """The database server's own view of who waits."""

    def __init__(self, hub: Hub) -> None:
        url = hub.database.url.set(drivername="postgresql")
        self._connection = psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True
        )

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def await_blocked(self, other: Running) -> bool:
        """Wait until ``other`` waits for a lock (True), or has ended without (False)."""
        until = time.monotonic() + PATIENCE
        while not other.over:
            row = self._connection.execute(_WAITING).fetchone()
            if row is not None and row[0]:
                return True
            assert time.monotonic() < until, "neither blocked nor over"
            threading.Event().wait(_LOOK_AGAIN)
        return False


def interleave(gate: Gate, server: Server, first: Call, second: Call) -> tuple[list[Ending], bool]:
    """``first`` holds its locks until ``second`` waits for them, or got by without.

    Returns both endings, and whether the second had to wait.
    """
    held = Held(gate, first)
    try:
        other = Running(second)
        waited = held.holds and server.await_blocked(other)
    finally:
        held.release()
    until = time.monotonic() + PATIENCE
    return [held.running.ending(until), other.ending(until)], waited
