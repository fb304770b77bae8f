"""One clock for hub, vendors and LMS, which does not run away from what is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from proctor_hub.services.transitions import vendor_destination
from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import outbox
from tests.support import FakeClock

_PATIENCE = 60.0


class SharedClock(FakeClock):
    """Before it moves, what is due is delivered: an event must not be late by being on its way.

    :ivar before: called before each move.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], None]] = []

    def move(self, **delta: float) -> datetime:
        """As of the fake clock."""
        for wait in self.before:
            wait()
        return super().move(**delta)


def eventually(happened: Callable[[], bool], what: str) -> None:
    """Wait until the hub's relay or jobs have done it; fails with ``what`` after a minute."""
    until = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < until, f"did not happen: {what}"
        threading.Event().wait(0.02)


def settle(database: Database, clock: FakeClock) -> None:
    """Wait until LMS and learners were told all that is due; a vendor may be out of order."""

    def is_told() -> bool:
        due = sa.select(outbox.c.id).where(
            outbox.c.delivered_at.is_(None),
            outbox.c.parked_at.is_(None),
            outbox.c.next_try_at <= clock(),
            outbox.c.destination.not_like(vendor_destination("%")),
        )
        with database.read() as conn:
            return conn.execute(due).first() is None

    eventually(is_told, "LMS and learners are told what is due")
