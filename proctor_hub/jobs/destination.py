"""The relay of one destination: reads what waits, delivers it, keeps what became of it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import sqlalchemy as sa
import structlog

from proctor_hub.jobs.delivery import Deliver, wait_seconds
from proctor_hub.jobs.streams import Failure, Progress, by_stream, deliver_stream
from proctor_hub.services.hub import Hub
from proctor_hub.storage import outbox

BATCH = 200
"""At most so many rows are read at once."""

PARALLEL = 4
"""So many streams of a destination are delivered at the same time."""

LOOK_AGAIN = 0.5
"""Seconds between two looks for new rows while all that is in flight is slow."""


class Destination:
    """Delivers the outbox of one destination: streams in parallel, each in order, at least once.

    :param deliver: the way there. :param jitter: numbers in [0, 1).
    """

    def __init__(
        self,
        hub: Hub,
        name: str,
        deliver: Deliver,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._hub = hub
        self._deliver = deliver
        self._jitter = jitter
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._running: dict[Future[Progress], str] = {}
        self._finished: list[Progress] = []
        # Kept between rounds: its threads hold the connections to the destination.
        self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix=f"relay {name}")

    def wake(self) -> None:
        """There may be something new. Never blocks."""
        self._bell.set()

    def stop(self) -> None:
        """Begin nothing new; :meth:`run` returns when what is in flight is done and kept."""
        self._stopping.set()
        self._bell.set()

    def run(self, poll_seconds: float) -> None:
        """Deliver until :meth:`stop`; look by itself every ``poll_seconds``."""
        while True:
            self._bell.clear()
            try:
                self.run_once()
            except Exception:  # the database may be away for a while; the rows are safe in it
                structlog.get_logger("proctor_hub.relay").error(
                    "relay_round_failed", destination=self.name, exc_info=True
                )
            # Asked after the last clear(), so that a stop() rung before it is not slept through.
            if self._stopping.is_set():
                return
            self._bell.wait(poll_seconds)

    def run_once(self) -> int:
        """Deliver all that can be delivered now; return how many rows the destination took."""
        # First what an earlier round delivered and could not write down.
        taken = self._keep()
        try:
            while self._refill():
                # Rung by each finished stream, and by wake(): new streams pass a slow one.
                self._bell.wait(LOOK_AGAIN)
                self._bell.clear()
                self._collect()
                if len(self._running) < PARALLEL:
                    taken += self._keep()
        finally:
            # Whatever went wrong, what the destination took is kept before anybody tries again.
            wait(self._running)
            self._collect()
            taken += self._keep()
        return taken

    def close(self) -> None:
        """End the threads; after the last round."""
        self._pool.shutdown()

    def _refill(self) -> bool:
        """Start what waits, while a worker is free; False once nothing is in flight."""
        if not self._stopping.is_set() and len(self._running) < PARALLEL:
            with self._hub.database.read() as conn:
                rows = outbox.waiting(
                    conn,
                    self.name,
                    now=self._hub.now(),
                    busy=tuple(self._running.values()),
                    count=BATCH,
                )
            for stream in by_stream(rows):
                task = self._pool.submit(
                    deliver_stream, stream, self._deliver, self._stopping.is_set
                )
                self._running[task] = stream[0].stream
                task.add_done_callback(lambda _: self._bell.set())
        return bool(self._running)

    def _collect(self) -> None:
        for task in [task for task in self._running if task.done()]:
            del self._running[task]
            self._finished.append(task.result())

    def _keep(self) -> int:
        """Write what became of the finished streams: one update for all delivered rows."""
        finished, now = self._finished, self._hub.now()
        delivered = [pk for progress in finished for pk in progress.delivered]
        failures = [self._postponed(progress.failure) for progress in finished if progress.failure]

        def unit(conn: sa.Connection) -> None:
            outbox.mark_delivered(conn, delivered, now)
            outbox.postpone(conn, failures)

        if delivered or failures:
            self._hub.database.write(unit)
        self._finished = []
        return len(delivered)

    def _postponed(self, failure: Failure) -> outbox.Postponed:
        row, error = failure.row, failure.error
        tries = row.tries + 1
        seconds = wait_seconds(tries, error, self._jitter())
        structlog.get_logger("proctor_hub.relay").warning(
            "delivery_failed",
            destination=self.name,
            kind=row.kind,
            event_id=row.event_id,
            tries=tries,
            retry_in_seconds=round(seconds, 1),
            error=str(error),
        )
        return outbox.Postponed(
            id=row.id,
            tries=tries,
            next_try_at=self._hub.now() + timedelta(seconds=seconds),
            error=str(error)[:300],
        )
