"""How a running attempt ends, and what follows in the same transaction (domain §3, §4)."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.timing import expiry_cause
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import RUNNING, UNSTARTED, AttemptStatus
from proctor_hub.services.attempts.vendors import declares, has_stop_call
from proctor_hub.services.hub import CLOCK, Actor, Hub
from proctor_hub.services.reviews import apply_held
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempts as store
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.subjects import Capability

_STOPPED = (AttemptStatus.COMPLETED, AttemptStatus.TIMED_OUT)


def complete(hub: Hub, tr: Transition, cause: Cause, reason: str = "") -> None:
    """End a running attempt: ``completed``, and ``submitted`` at once where nobody is asked."""
    tr.to(AttemptStatus.COMPLETED, cause, reason)
    settle(hub, tr)


def settle(hub: Hub, tr: Transition) -> None:
    """After ``completed`` or ``timed_out``: tell the vendor, or submit in this transaction."""
    if has_stop_call(hub, tr.record.vendor):
        tr.notify_vendor("session_stopped")
    else:
        submit(hub, tr, noted("the vendor need not be told of the end"))


def submit(hub: Hub, tr: Transition, reason: str) -> None:
    """``submitted``; reviews that were held are applied now."""
    tr.to(AttemptStatus.SUBMITTED, Cause.STOP_ACCEPTED, reason)
    apply_held(hub, tr)


def accept_stop(hub: Hub, attempt_pk: int, actor: Actor) -> None:
    """The vendor accepted the stop notice. Idempotent; an archived attempt stays as it is."""

    def unit(conn: sa.Connection) -> None:
        record = store.by_id(conn, attempt_pk, lock=True)
        if record is None or not record.live or record.status not in _STOPPED:
            return
        tr = Transition(hub, conn, record, actor=actor)
        submit(hub, tr, noted("the vendor accepted the end of the session"))
        tr.save()

    hub.database.write(unit)


def fail(hub: Hub, tr: Transition, cause: Cause, reason: str) -> None:
    """The attempt ends in ``error``; the vendor is told unless it said so itself."""
    told = cause is Cause.VENDOR
    tr.to(AttemptStatus.ERROR, cause, reason)
    has_session = tr.record.external_id is not None
    if not told and has_session and declares(hub, tr.record.vendor, Capability.SESSION_NOTICES):
        tr.notify_vendor("session_errored")


def is_overdue(record: AttemptRecord, hub: Hub) -> bool:
    """Whether the clock has something to do: enforced on access as by the sweep (domain §3)."""
    return record.live and _clock_cause(record, hub) is not None


def enforce_clock(hub: Hub, tr: Transition) -> bool:
    """Time out or expire an attempt whose time is over; True where it was."""
    cause = _clock_cause(tr.record, hub) if tr.record.live else None
    if cause is None:
        return False
    clock = Transition(hub, tr.conn, tr.record, actor=CLOCK)
    if tr.record.status in RUNNING:
        clock.to(AttemptStatus.TIMED_OUT, cause, noted("the time is used up"))
        settle(hub, clock)
    else:
        clock.to(AttemptStatus.EXPIRED, cause, noted("not started in time"))
    tr.adopt(clock.save())
    return True


def _clock_cause(record: AttemptRecord, hub: Hub) -> Cause | None:
    now = hub.now()
    if record.status in RUNNING:
        if record.deadline_at is not None and now >= record.deadline_at:
            return Cause.CLOCK
        over = record.course_ends_at is not None and now >= record.course_ends_at
        return Cause.COURSE_END if over else None
    if record.status in UNSTARTED:
        return expiry_cause(now, record.effective_due_at, record.course_ends_at)
    return None
