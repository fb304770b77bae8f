"""The clock's own round: what access enforces, for attempts that nobody looks at (domain §3)."""

from __future__ import annotations

from itertools import takewhile

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from proctor_hub.errors import ProctorHubError
from proctor_hub.services.attempts.conclude import enforce_clock
from proctor_hub.services.hub import CLOCK, Hub
from proctor_hub.services.pacing import is_ending
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempts as store
from proctor_hub.storage.overdue import overdue

_log = structlog.get_logger("proctor_hub.sweep")


def sweep(hub: Hub) -> int:
    """Time out or expire every attempt whose time is over; return how many moved."""
    with hub.database.read() as conn:
        late = takewhile(lambda _: not is_ending(), overdue(conn, hub.now()))
        return sum(_settle(hub, pk) for pk in late)


def _settle(hub: Hub, pk: int) -> bool:
    def unit(conn: sa.Connection) -> bool:
        record = store.by_id(conn, pk, lock=True)
        if record is None:
            return False
        return enforce_clock(hub, Transition(hub, conn, record, actor=CLOCK))

    try:
        return hub.database.write(unit)
    except (ProctorHubError, SQLAlchemyError) as error:
        # One attempt must not keep the clock from all others; the next round tries it again.
        _log.error("sweep_failed", attempt=pk, reason=type(error).__name__)
        return False
