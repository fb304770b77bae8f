"""Taking the exam without proctoring, and what that does to the course's other exams (§7)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from proctor_hub.domain.errors import DomainError
from proctor_hub.domain.exams import cascades_to, ensure_opt_out
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempts import conclude
from proctor_hub.services.attempts.create import begin, finished_before_migration, new_code
from proctor_hub.services.attempts.learner import own_attempt, settle_clock
from proctor_hub.services.attempts.vendors import declares
from proctor_hub.services.errors import Busy
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import creation, optout
from proctor_hub.storage.engine import violates
from proctor_hub.storage.records import AttemptRecord
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
        _cascade(tr, record, others)
        return declined

    try:
        return hub.database.write(unit)
    except IntegrityError as error:
        if violates(error, "uq_attempts_live") or violates(
            error, "uq_attempts_exam_pk_person_pk_number"
        ):
            raise Busy("another exam of the course was begun at this moment") from error
        raise
    except DomainError:
        settle_clock(hub, code)
        raise


def _cascade(tr: Transition, record: AttemptRecord, exam_pks: Sequence[int]) -> None:
    for exam_pk in exam_pks:
        facts = creation.facts(tr.conn, exam_pk, record.learner_user_id)
        if facts is None or finished_before_migration(tr.conn, facts):
            continue
        if cascades_to(facts.exam_type, has_live_attempt=bool(facts.latest_live)):
            begin(
                tr.hub,
                tr.conn,
                facts,
                tr.actor,
                code=new_code(),
                status=AttemptStatus.DECLINED,
                cause=Cause.OPT_OUT,
                reason="the learner declined another exam of the course",
            )
