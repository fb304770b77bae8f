"""The relay of one destination: reads what waits, delivers it, keeps what became of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import sqlalchemy as sa
import structlog

from proctor_hub import metrics
from proctor_hub.jobs.delivery import Deliver, Patience, wait_seconds
from proctor_hub.jobs.streams import Failure, Progress, by_stream, deliver_stream
from proctor_hub.services.breakers import State
from proctor_hub.services.hub import Hub
from proctor_hub.storage import outbox
from proctor_hub.storage.outbox import Part

BATCH = 200
"""At most so many rows are read at once."""

LOOK_AGAIN = 0.5
"""Seconds between two looks for new rows while all that is in flight is slow."""

TIDY_SECONDS = 30.0
"""Seconds between two looks for rows that are due and cannot be delivered."""

SET_BACK = timedelta(seconds=5)
"""A clock that goes back by more was set, and what was put off is not due when it should be."""

_log = structlog.get_logger("proctor_hub.relay")


class Destination:
    """Delivers the outbox of one destination: streams in parallel, each in order, at least once.

    :param deliver: the way there. :param part: the streams that are this one's; None: all of them.
    :param may_work: whether this process may still begin something.
    """

    def __init__(
        self,
        hub: Hub,
        name: str,
        deliver: Deliver,
        *,
        patience: Patience | None = None,
        part: Part | None = None,
        may_work: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name = name
        self._hub = hub
        self._deliver = deliver
        self._patience = patience or Patience()
        self._part = part
        self._may_work = may_work
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._running: dict[Future[Progress], str] = {}
        self._finished: list[Progress] = []
        self._tidied_at = self._looked_at = hub.now()
        # Kept between rounds: its threads hold the connections to the destination.
        self._pool = ThreadPoolExecutor(
            self._patience.streams, thread_name_prefix=f"relay {self.unit}"
        )

    @property
    def unit(self) -> str:
        """The name of this share of the work among those of all processes."""
        return unit_name(self.name, self._part)

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
                _log.error("relay_round_failed", destination=self.name, exc_info=True)
            # Asked after the last clear(), so that a stop() rung before it is not slept through.
            if self._stopping.is_set():
                return
            self._bell.wait(poll_seconds)

    def run_once(self) -> int:
        """Deliver all that can be delivered now; return how many rows the destination took."""
        # First what an earlier round delivered and could not write down.
        taken = self._keep()
        self._tidy()
        try:
            while self._refill():
                # Rung by each finished stream, and by wake(): new streams pass a slow one.
                self._bell.wait(LOOK_AGAIN)
                self._bell.clear()
                self._collect()
                if len(self._running) < self._patience.streams:
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

    def _begins(self) -> bool:
        return not self._stopping.is_set() and self._may_work()

    def _refill(self) -> bool:
        """Start what waits, while a worker is free; False once nothing is in flight."""
        room = self._patience.streams - len(self._running)
        if room > 0 and self._begins():
            state = self._hub.breakers.state(self.name)
            if state is State.CLOSED:
                self._start(BATCH)
            elif state is State.PROBING and not self._running:
                self._start(1)
        return bool(self._running)

    def _start(self, count: int) -> None:
        with self._hub.database.read() as conn:
            rows = outbox.waiting(
                conn,
                self.name,
                now=self._hub.now(),
                busy=tuple(self._running.values()),
                count=count,
                part=self._part,
            )
        for stream in by_stream(rows):
            task = self._pool.submit(
                deliver_stream, stream, self._traced, lambda: not self._begins()
            )
            self._running[task] = stream[0].stream
            task.add_done_callback(lambda _: self._bell.set())

    def _traced(self, row: outbox.OutboxRow) -> None:
        """Deliver a row; what is logged meanwhile names the request that caused it."""
        with structlog.contextvars.bound_contextvars(request_id=row.trace_id):
            began = time.perf_counter()
            self._deliver(row)
            waited = (self._hub.now() - row.created_at).total_seconds()
            metrics.delivered(self.name, row.kind, waited)
            _log.info(
                "delivered",
                destination=self.name,
                kind=row.kind,
                event_id=row.event_id,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )

    def _collect(self) -> None:
        for task in [task for task in self._running if task.done()]:
            del self._running[task]
            self._finished.append(task.result())

    def _keep(self) -> int:
        """Write what became of the finished streams: one update for all delivered rows."""
        finished, now = self._finished, self._hub.now()
        delivered = [pk for progress in finished for pk in progress.delivered]
        failures = [
            self._postponed(progress.failure)
            for progress in finished
            if progress.failure and progress.failure.error.tried
        ]

        def unit(conn: sa.Connection) -> None:
            outbox.mark_delivered(conn, delivered, now)
            outbox.postpone(conn, self.name, failures, now)

        if delivered or failures:
            self._hub.database.write(unit)
        self._finished = []
        return len(delivered)

    def _tidy(self) -> None:
        now = self._hub.now()
        if now < self._looked_at - SET_BACK:
            _log.warning("clock_set_back", destination=self.name)
            while self._hub.database.write(lambda conn: outbox.due_again(conn, self.name, now)):
                continue
        self._looked_at = now
        if abs((now - self._tidied_at).total_seconds()) >= TIDY_SECONDS:
            self._hub.database.write(lambda conn: outbox.tidy(conn, self.name, now))
            self._tidied_at = now

    def _postponed(self, failure: Failure) -> outbox.Postponed:
        row, error = failure.row, failure.error
        tries = row.tries + 1
        seconds = wait_seconds(tries, error, self._patience.jitter())
        parked = self._patience.gives_up(tries, error)
        self._tell(failure, tries, None if parked else seconds)
        return outbox.Postponed(
            row=row,
            tries=tries,
            next_try_at=outbox.NEVER if parked else self._hub.now() + timedelta(seconds=seconds),
            error=str(error)[:300],
            parked=parked,
        )

    def _tell(self, failure: Failure, tries: int, seconds: float | None) -> None:
        row, error = failure.row, failure.error
        metrics.not_delivered(self.name, row.kind, parked=seconds is None)
        fields = {
            "destination": self.name,
            "kind": row.kind,
            "event_id": row.event_id,
            "request_id": row.trace_id,
            "tries": tries,
            "error": str(error),
        }
        if seconds is None:
            _log.error("delivery_parked", **fields)
        else:
            _log.warning("delivery_failed", retry_in_seconds=round(seconds, 1), **fields)


def unit_name(destination: str, part: Part | None) -> str:
    """What workers claim: a destination, or one part of it."""
    return destination if part is None else f"{destination}/{part.number + 1}of{part.of}"
