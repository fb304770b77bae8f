"""Outbox rows for tests of the relay, and destinations a test steers."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from typing import Any

from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.services.hub import Hub
from proctor_hub.storage.attempts import insert_outbox
from proctor_hub.storage.outbox import AT_ONCE, OutboxRow
from proctor_hub.storage.tables import outbox

PATIENCE = 20.0
"""Seconds a test waits for a thread before it says that something hangs."""


def put(
    hub: Hub,
    stream: str,
    seq: int,
    *,
    destination: str = "lms",
    kind: str = "started",
    attempt_pk: int | None = None,
    payload: dict[str, Any] | None = None,
) -> str:
    """Put one row into the outbox, due now; return its event id."""
    event_id = str(uuid.uuid4())
    row = {
        "event_id": event_id,
        "destination": destination,
        "stream": stream,
        "seq": seq,
        "kind": kind,
        "attempt_pk": attempt_pk,
        "payload": {"id": event_id, "n": seq} if payload is None else payload,
        "created_at": hub.now(),
        "next_try_at": AT_ONCE,
    }
    hub.database.write(lambda conn: insert_outbox(conn, [row]))
    return event_id


def stored(hub: Hub) -> list[Any]:
    """All rows of the outbox as they are now, in order."""
    with hub.database.read() as conn:
        return list(conn.execute(outbox.select().order_by(outbox.c.id)))


class Recorder:
    """A destination: keeps what it was given, fails where the test says so."""

    def __init__(self) -> None:
        self.taken: dict[str, list[int]] = defaultdict(list)
        self.event_ids: list[str] = []
        self.failing: dict[tuple[str, int], Exception] = {}
        self.hold: dict[str, threading.Event] = {}
        self.reached: dict[str, threading.Event] = defaultdict(threading.Event)

    def deliver(self, row: OutboxRow) -> None:
        """Take a row, after its stream's hold is lifted; ``reached`` tells that it arrived."""
        self.reached[row.stream].set()
        if row.stream in self.hold:
            assert self.hold[row.stream].wait(PATIENCE)
        problem = self.failing.get((row.stream, row.seq))
        if problem is not None:
            raise problem
        self.taken[row.stream].append(row.seq)
        self.event_ids.append(row.event_id)


def down(message: str = "down", **more: Any) -> DeliveryFailed:
    """What a destination that is down raises."""
    return DeliveryFailed(message, **more)
