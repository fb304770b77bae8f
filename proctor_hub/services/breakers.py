"""Circuit breakers: a destination that is down is not called until it may be back (design §4).

One row per destination, shared by all processes, so that each of them knows at once what one of
them found out. Closed: calls are made. Open: none is. After a while one single call is let
through, the probe: if it is answered the breaker closes, else it stays open for twice as long.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import sqlalchemy as sa
import structlog

from proctor_hub import metrics
from proctor_hub.domain.told import noted
from proctor_hub.storage import breakers as store
from proctor_hub.storage.breakers import Breaker
from proctor_hub.storage.engine import Database
from proctor_hub.vendors.deadline import seconds_left
from proctor_hub.vendors.watch import CallsPaused, is_insisting

THRESHOLD = 5
"""Failures in a row that open a breaker."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
PROBE_TAKES = timedelta(seconds=30)
"""So long the others wait for the one call that probes."""

FRESH = timedelta(seconds=1)
"""How old what one process knows of another's findings may be."""

SLOT_PATIENCE = 1.0
"""Seconds a call waits for another one to the same vendor to end."""

_log = structlog.get_logger("proctor_hub.breaker")


class State(StrEnum):
    """What may be sent to a destination now."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


LABELS: Mapping[State, str] = MappingProxyType(
    {
        State.CLOSED: noted("Answers"),
        State.OPEN: noted("Paused"),
        State.PROBING: noted("Being probed"),
    }
)
"""What people read for each."""


class Breakers:
    """All breakers of the hub; thread-safe.

    :param jitter: numbers in [0, 1), so that processes do not probe in step.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._now = now
        self._jitter = jitter
        self._known: dict[str, tuple[datetime, Breaker | None]] = {}
        # Destination → until when this process's probe holds off the others.
        self._probes: dict[str, datetime] = {}

    def state(self, name: str) -> State:
        """How things are with a destination, at most :data:`FRESH` old."""
        found = self._read(name)
        if found is None or found.open_until is None:
            return State.CLOSED
        # Nothing is paused for longer than this: then the clock was set back meanwhile.
        over = found.open_until - self._now()
        return State.OPEN if timedelta(0) < over <= 2 * LONGEST_PAUSE else State.PROBING

    def permit(self, name: str) -> None:
        """A call is about to be made.

        :raises CallsPaused: the destination is down, and it is not for this call to find out
            whether it is back.
        """
        state = State.CLOSED if is_insisting() else self.state(name)
        if state is State.CLOSED or (state is State.PROBING and self._take_probe(name)):
            return
        raise CallsPaused(f"{name} does not answer; it is tried again by itself.")

    def succeeded(self, name: str) -> None:
        """The destination answered as it should."""
        self._probes.pop(name, None)
        # Mostly there is nothing to close, and then nothing is written.
        if self._read(name) is None:
            return
        if self._database.write(lambda conn: store.close(conn, name)):
            _log.info("breaker_closed", destination=name)
        self._known[name] = (self._now(), None)

    def failed(self, name: str, error: str, retry_after: float | None = None) -> None:
        """The destination did not answer, or said that it is not well.

        :param error: short, no personal data. :param retry_after: seconds it asked us to wait.
        """
        now, probe = self._now(), self._probes.pop(name, None)

        def pause(opened: int) -> timedelta:
            longest = min(FIRST_PAUSE * float(2 ** min(opened - 1, 20)), LONGEST_PAUSE)
            asked = timedelta(seconds=min(retry_after or 0.0, LONGEST_PAUSE.total_seconds()))
            return max(longest * (0.75 + self._jitter() / 4), asked)

        def unit(conn: sa.Connection) -> Breaker:
            return store.fail(
                conn,
                name,
                now=now,
                error=error[:300],
                threshold=THRESHOLD,
                pause=pause,
                probe=probe,
            )

        after = self._database.write(unit)
        self._known[name] = (now, after)
        if after.open_until is not None and after.failures >= THRESHOLD:
            _log.warning(
                "breaker_open", destination=name, failures=after.failures, error=after.last_error
            )

    def every(self) -> list[Breaker]:
        """All destinations that failed lately, read anew."""
        with self._database.read() as conn:
            return store.every(conn)

    def _read(self, name: str) -> Breaker | None:
        known = self._known.get(name)
        now = self._now()
        if known is not None and abs(now - known[0]) < FRESH:
            return known[1]
        with self._database.read() as conn:
            found = store.read(conn, name)
        self._known[name] = (now, found)
        return found

    def _take_probe(self, name: str) -> bool:
        seen = self._read(name)
        if seen is None:
            return True
        until = self._now() + PROBE_TAKES
        mine = self._database.write(lambda conn: store.take_probe(conn, seen, until))
        if mine:
            self._probes[name] = until
        self._known.pop(name, None)
        return mine


class AccountWatch:
    """Watches the calls to one vendor account: its breaker, and how many may be under way at once.

    :param name: the breaker's. :param most: calls under way at once in this process, so that a
        vendor that hangs cannot take every thread there is.
    """

    def __init__(self, breakers: Breakers, name: str, most: int) -> None:
        self._breakers = breakers
        self._name = name
        self._account = name.partition(":")[2] or name
        self._most = most
        self._slots = threading.BoundedSemaphore(most)

    def begin(self) -> None:
        """Wait a moment for a free place, and ask the breaker.

        :raises CallsPaused: there is none, or the vendor is down.
        """
        if not self._slots.acquire(timeout=min(SLOT_PATIENCE, max(seconds_left(), 0.0))):
            metrics.vendor_call_paused(self._account)
            raise CallsPaused(f"{self._name}: {self._most} calls are under way; try again.")
        try:
            self._breakers.permit(self._name)
        except BaseException:
            self._slots.release()
            metrics.vendor_call_paused(self._account)
            raise

    def end(self, seconds: float, status: int | None, retry_after: float | None = None) -> None:
        """Free the place; tell the breaker."""
        self._slots.release()
        metrics.vendor_called(self._account, seconds, status)
        try:
            if status is None:
                self._breakers.failed(self._name, "no answer", retry_after)
            elif status >= 500 or status == 429:
                self._breakers.failed(self._name, f"answered {status}", retry_after)
            else:
                self._breakers.succeeded(self._name)
        except sa.exc.SQLAlchemyError as error:
            # The caller has the vendor's answer, and that must not be lost for a note about it.
            _log.error("breaker_not_kept", destination=self._name, error=type(error).__name__)
