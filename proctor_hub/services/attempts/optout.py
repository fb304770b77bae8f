"""Taking the exam without proctoring, and what that does to the course's other exams (§7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from proctor_hub.domain.errors import DomainError
from proctor_hub.domain.exams import cascades_to, ensure_opt_out
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempts import conclude
from proctor_hub.services.attempts.create import (
    begin,
    ensure_acts_for,
    ensure_may_begin,
    facts_for,
    finished_before_migration,
    new_code,
)
from proctor_hub.services.attempts.learner import own_attempt, settle_clock
from proctor_hub.services.attempts.vendors import declares
from proctor_hub.services.authorize import may_take
from proctor_hub.services.errors import Busy, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import creation, optout
from proctor_hub.storage.creation import CreationFacts
from proctor_hub.storage.engine import violates
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.upsert import is_key
from proctor_hub.vendors.subjects import Capability


def decline(hub: Hub, actor: Actor, code: str) -> AttemptRecord:
    """The learner opts out of proctoring: ``declined``, and offered again only after a reset.

    Where the course says so, its other proctored exams that the learner has not attempted are
    declined too, in the same transaction.

    :raises OptOutRefused: the course does not allow it, or the attempt has started.
    """

    def unit(conn: sa.Connection) -> AttemptRecord:
        # Exams before attempts: the order in which a migration locks them.
        seen = own_attempt(conn, actor, code, lock=False)
        cascade = seen.course_decline_cascades
        others = optout.other_proctored_exams(conn, seen.course_pk, seen.exam_pk) if cascade else []
        record = own_attempt(conn, actor, code)
        tr = Transition(hub, conn, record, actor=actor)
        conclude.enforce_clock(hub, tr)
        record = tr.record
        allowed = optout.allows(conn, record.course_pk)
        ensure_opt_out(record.exam_type, allowed=allowed, status=record.status)
        tr.to(AttemptStatus.DECLINED, Cause.OPT_OUT)
        removable = declares(hub, record.vendor, Capability.SESSION_REMOVAL)
        if record.external_id is not None and removable:
            tr.notify_vendor("session_removed")
        declined = tr.save()
        _cascade(hub, conn, actor, record.learner_user_id, others)
        return declined

    try:
        return _write(hub, unit)
    except DomainError:
        settle_clock(hub, code)
        raise


def decline_exam(hub: Hub, actor: Actor, *, exam_pk: int, user_id: str) -> AttemptRecord:
    """Like :func:`decline`, before there is an attempt: one begins as ``declined``, and no vendor
    hears of it.

    :raises LiveAttemptExists: there is one already; decline that. As of ``create_attempt`` else.
    """
    ensure_acts_for(actor, user_id)

    def unit(conn: sa.Connection) -> AttemptRecord:
        seen = creation.facts(conn, exam_pk, user_id) if is_key(exam_pk) else None
        if seen is None or seen.track is None:
            raise NotFound("exam", str(exam_pk))
        if actor.person_pk is not None and not may_take(actor, seen.course_pk, seen.person_pk):
            raise NotFound("exam", str(exam_pk))
        offered: list[int] = []
        if seen.decline_cascades:
            # All of them in one order, this one too; a migration locks them in the same.
            offered = optout.other_proctored_exams(conn, seen.course_pk, 0)
        facts = facts_for(conn, exam_pk, user_id)
        allowed = optout.allows(conn, facts.course_pk)
        ensure_opt_out(facts.exam_type, allowed=allowed)
        ensure_may_begin(conn, facts, hub.now())
        declined = _begin_declined(hub, conn, facts, actor)
        _cascade(hub, conn, actor, user_id, [pk for pk in offered if pk != exam_pk])
        return declined

    return _write(hub, unit)


def _write(hub: Hub, unit: Callable[[sa.Connection], AttemptRecord]) -> AttemptRecord:
    try:
        return hub.database.write(unit)
    except IntegrityError as error:
        if violates(error, "uq_attempts_live") or violates(
            error, "uq_attempts_exam_pk_person_pk_number"
        ):
            raise Busy(noted("another exam of the course was begun at this moment")) from error
        raise


def _begin_declined(
    hub: Hub, conn: sa.Connection, facts: CreationFacts, actor: Actor, reason: str = ""
) -> AttemptRecord:
    return begin(
        hub,
        conn,
        facts,
        actor,
        code=new_code(),
        status=AttemptStatus.DECLINED,
        cause=Cause.OPT_OUT,
        reason=reason,
    )


def _cascade(
    hub: Hub, conn: sa.Connection, actor: Actor, user_id: str, exam_pks: Sequence[int]
) -> None:
    for exam_pk in exam_pks:
        facts = creation.facts(conn, exam_pk, user_id)
        if facts is None or finished_before_migration(conn, facts):
            continue
        if cascades_to(facts.exam_type, has_live_attempt=bool(facts.latest_live)):
            reason = "the learner declined another exam of the course"
            _begin_declined(hub, conn, facts, actor, reason)
