"""The start: the one moment at which the clock, the vendor and the due date all have a say."""

from __future__ import annotations

from datetime import datetime

from proctor_hub.domain.errors import AnotherAttemptRunning, DomainError, NoTimeLeft
from proctor_hub.domain.moves import Cause, ensure_move
from proctor_hub.domain.timing import ensure_ready, first_end, resume_time
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempts.vendors import declares, readiness_lifetime
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempts as store
from proctor_hub.storage import registration as registrations
from proctor_hub.vendors.subjects import Capability


def start(hub: Hub, tr: Transition, detail: str) -> DomainError | None:
    """Start the clock of an attempt (domain §3, §7).

    Returns :class:`NoTimeLeft` where the attempt expired instead: that is to be committed, then
    answered.

    :raises IllegalMove: not from this status; never without the vendor's "ready".
    :raises ReadinessLapsed: it was ready too long ago. :raises AnotherAttemptRunning: domain §3.
    """
    record = tr.record
    if record.live and record.status is AttemptStatus.EXPIRED:
        return NoTimeLeft(_ended(tr))
    ensure_move(
        record.status,
        AttemptStatus.STARTED,
        by=Cause.LEARNER,
        exam_type=record.exam_type,
    )
    if record.status is AttemptStatus.READY_TO_SUBMIT:
        tr.to(AttemptStatus.STARTED, Cause.LEARNER)
        return None
    if record.exam_type.needs_vendor:
        ensure_ready(record.ready_at, readiness_lifetime(hub, record.vendor), tr.now)
    _ensure_nothing_runs(tr)
    return _fix_time(hub, tr)


def _ensure_nothing_runs(tr: Transition) -> None:
    running = store.running_attempt(tr.conn, tr.record.person_pk)
    if running is not None:
        raise AnotherAttemptRunning(running.code)


def _ended(tr: Transition) -> datetime | None:
    end = first_end(tr.record.effective_due_at, tr.record.course_ends_at)
    return end if end is not None and end <= tr.now else None


def _fix_time(hub: Hub, tr: Transition) -> DomainError | None:
    record = tr.record
    allowance = registrations.allowance(tr.conn, record.exam_pk, record.person_pk)
    try:
        time = resume_time(
            record.seconds_left,
            record.exam_limit_minutes,
            allowance,
            now=tr.now,
            due_at=record.effective_due_at,
            course_end=record.course_ends_at,
        )
    except NoTimeLeft as refusal:
        course_end = record.course_ends_at
        ended = first_end(record.effective_due_at, course_end)
        cause = Cause.COURSE_END if ended is not None and ended == course_end else Cause.DUE
        tr.to(AttemptStatus.EXPIRED, cause, noted("no time was left to start"))
        return refusal
    tr.set(started_at=tr.now, allowed_seconds=time.seconds, deadline_at=time.deadline)
    tr.to(AttemptStatus.STARTED, Cause.LEARNER)
    if declares(hub, record.vendor, Capability.SESSION_NOTICES):
        tr.notify_vendor("session_started")
    return None
