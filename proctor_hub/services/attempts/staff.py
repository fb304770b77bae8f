"""Reset, resume and retry: the attempt is archived, a new one begins (domain §3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.effects import EventSpec, reset_event, resume_event
from proctor_hub.domain.lifecycle import ensure_may_reset, ensure_may_resume, ensure_may_retry
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.timing import ensure_not_past_due
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import ExamType, OnboardingStatus, Role
from proctor_hub.services.attempts import conclude
from proctor_hub.services.attempts.create import CreatedAttempt, begin, new_code
from proctor_hub.services.attempts.learner import own_attempt
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.attempts.vendors import declares
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import ensure_fields
from proctor_hub.services.decision_words import CHANGED
from proctor_hub.services.errors import Conflict, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.review_claims import ensure_unclaimed
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import creation, profiles
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.subjects import Capability


def reset(
    hub: Hub,
    actor: Actor,
    code: str,
    *,
    reason: str,
    due_at: datetime | None = None,
    seen_version: int | None = None,
) -> CreatedAttempt:
    """Archive an attempt and begin anew, with cleared answers; course team and support.

    :param due_at: a new due date for this learner; needed once the old one is over.
    :param seen_version: the attempt's version as the person saw it.
    :raises Conflict: it has changed since (``attempt_changed``), or somebody else has claimed its
        second review. :raises NotEntitled, AttemptArchived, PastDue: domain §3, §7.
    """

    ensure_fields({"reason": reason, "due_at": due_at}, long=["reason"])

    def unit(conn: sa.Connection) -> AttemptRecord:
        tr, role = _staff_change(conn, hub, actor, code, seen_version)
        ensure_may_reset(role, archived=not tr.record.live)
        event = reset_event(tr.record.exam_type)
        return _begin_anew(hub, tr, event, Cause.STAFF, reason, due_at=due_at)

    return _done(hub, hub.database.write(unit))


def resume(
    hub: Hub,
    actor: Actor,
    code: str,
    *,
    reason: str,
    due_at: datetime | None = None,
    seen_version: int | None = None,
) -> CreatedAttempt:
    """Archive an attempt in ``error`` and begin a new one with the time that was left.

    :param seen_version: as for :func:`reset`, and refused alike. :raises ResumeRefused: it is not
        in error. :raises NotEntitled, AttemptArchived, PastDue.
    """

    ensure_fields({"reason": reason, "due_at": due_at}, long=["reason"])

    def unit(conn: sa.Connection) -> AttemptRecord:
        tr, role = _staff_change(conn, hub, actor, code, seen_version)
        record = tr.record
        ensure_may_resume(role, record.status, archived=not record.live)
        carry = {"seconds_left": record.seconds_left}
        return _begin_anew(hub, tr, resume_event(), Cause.STAFF, reason, due_at=due_at, carry=carry)

    return _done(hub, hub.database.write(unit))


def retry(hub: Hub, actor: Actor, code: str) -> CreatedAttempt:
    """The learner begins a practice or a failed onboarding anew, alone (domain §2, §6).

    :raises RetryRefused: another type, or not finished yet.
    """

    def unit(conn: sa.Connection) -> AttemptRecord:
        record = own_attempt(conn, actor, code)
        tr = Transition(hub, conn, record, actor=actor)
        conclude.enforce_clock(hub, tr)
        ensure_may_retry(
            tr.record.exam_type,
            tr.record.status,
            archived=not tr.record.live,
            profile=_profile(conn, hub, tr.record),
        )
        event = reset_event(tr.record.exam_type)
        return _begin_anew(hub, tr, event, Cause.LEARNER, noted("the learner retries"))

    return _done(hub, hub.database.write(unit))


def _done(hub: Hub, record: AttemptRecord) -> CreatedAttempt:
    return CreatedAttempt(record=record)


def _profile(conn: sa.Connection, hub: Hub, record: AttemptRecord) -> OnboardingStatus | None:
    if record.exam_type is not ExamType.ONBOARDING or record.vendor is None:
        return None
    return profiles.effective(conn, record.person_pk, record.vendor, hub.now())


def _staff_change(
    conn: sa.Connection, hub: Hub, actor: Actor, code: str, seen_version: int | None
) -> tuple[Transition, Role]:
    record = visible(conn, actor, code, lock=True)
    hidden = ("attempt", code)
    roles = ensure(conn, actor, Permission.RESET_RESUME, record.course_pk, hidden_as=hidden)
    # One that was archived meanwhile is refused by that name.
    if record.live and seen_version is not None and record.version != seen_version:
        raise Conflict(
            noted(
                "This attempt has changed since you looked at it; nothing was done. See how it "
                "stands now, and do it again if that is still right."
            ),
            code=CHANGED,
        )
    ensure_unclaimed(hub, conn, record, actor.person_pk)
    role = Role.COURSE_TEAM if Role.COURSE_TEAM in roles else Role.SUPPORT
    tr = Transition(hub, conn, record, actor=replace(actor, role=role))
    conclude.enforce_clock(hub, tr)
    return tr, role


def _begin_anew(
    hub: Hub,
    tr: Transition,
    event: EventSpec,
    cause: Cause,
    reason: str,
    *,
    due_at: datetime | None = None,
    carry: dict[str, Any] | None = None,
) -> AttemptRecord:
    old = tr.record
    due = due_at or old.effective_due_at
    ensure_not_past_due(tr.now, due, old.course_ends_at)
    archive(hub, tr, cause, reason, event)
    facts = creation.facts(tr.conn, old.exam_pk, old.learner_user_id)
    if facts is None:
        raise NotFound("exam", str(old.exam_pk))
    columns = {**(carry or {}), "due_at": due_at or old.due_at}
    return begin(
        hub,
        tr.conn,
        facts,
        tr.actor,
        code=new_code(),
        cause=cause,
        carry=columns,
        reason=reason,
    )


def archive(
    hub: Hub, tr: Transition, cause: Cause, reason: str, event: EventSpec | None = None
) -> AttemptRecord:
    """Take the attempt out of the way; its session at the vendor is removed. Nothing is deleted."""
    record = tr.record
    tr.note(cause, f"archived: {reason}")
    if event is not None:
        tr.event(event, cause, from_status=record.status)
    removable = declares(hub, record.vendor, Capability.SESSION_REMOVAL)
    if record.external_id is not None and removable:
        tr.notify_vendor("session_removed")
    tr.set(live=False)
    return tr.save()
