"""The clock's own round: what access enforces, for attempts that nobody looks at (domain §3)."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.services.attempts.conclude import enforce_clock
from proctor_hub.services.hub import CLOCK, Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempt_lists
from proctor_hub.storage import attempts as store

_AT_ONCE = 200


def sweep(hub: Hub) -> int:
    """Time out or expire every attempt whose time is over; return how many moved."""
    moved = 0
    while True:
        with hub.database.read() as conn:
            due = attempt_lists.overdue(conn, hub.now(), _AT_ONCE)
        changed = sum(_settle(hub, pk) for pk in due)
        moved += changed
        if not changed:
            return moved


def _settle(hub: Hub, pk: int) -> bool:
    def unit(conn: sa.Connection) -> bool:
        record = store.by_id(conn, pk, lock=True)
        if record is None:
            return False
        return enforce_clock(hub, Transition(hub, conn, record, actor=CLOCK))

    return hub.database.write(unit)
