"""An attempt begins: the row exists before the vendor is asked (design §3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from proctor_hub.domain.effects import events_for
from proctor_hub.domain.errors import LiveAttemptExists, PastDue
from proctor_hub.domain.exams import ensure_track
from proctor_hub.domain.lifecycle import next_number
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.timing import first_end
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import AttemptStatus, ExamType, Role, Track
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.attempts import registration
from proctor_hub.services.attempts.vendors import patience, problem_of
from proctor_hub.services.authorize import may_see_course
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Conflict, Forbidden, NotFound, ServiceError
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempts as store
from proctor_hub.storage import creation
from proctor_hub.storage.creation import CreationFacts
from proctor_hub.storage.engine import violates
from proctor_hub.storage.people import new_pseudonym
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.upsert import is_key


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedAttempt:
    """A new attempt. ``problem``: why its vendor opened no session yet; launching tries again."""

    record: AttemptRecord
    problem: ServiceError | None = None


def create_attempt(hub: Hub, actor: Actor, *, exam_pk: int, user_id: str) -> CreatedAttempt:
    """Create a learner's attempt at an exam and register it with the exam's vendor.

    The LMS may do it for its learners, a learner for themselves, in courses that know them.

    :raises NotFound: exam or learner. :raises TrackNotEligible: domain §7.
    :raises LiveAttemptExists: there is one already. :raises PastDue: too late to begin.
    """
    ensure_acts_for(actor, user_id)
    now = hub.now()
    code = new_code()

    def unit(conn: sa.Connection) -> tuple[AttemptRecord, str | None]:
        facts = facts_for(conn, exam_pk, user_id)
        if actor.person_pk is not None and not may_see_course(conn, actor, facts.course_pk):
            raise NotFound("exam", str(exam_pk))
        ensure_may_begin(conn, facts, now)
        record = begin(hub, conn, facts, actor, code=code)
        pseudonym = None
        if record.vendor is not None:
            pseudonym = facts.pseudonym or new_pseudonym(conn, record.person_pk, record.vendor)
        return record, pseudonym

    try:
        record, pseudonym = hub.database.write(unit)
    except IntegrityError as error:
        raise _live_exists(hub, exam_pk, user_id, error) from error
    if pseudonym is None:
        return CreatedAttempt(record=record)
    try:
        with patience(hub):
            return CreatedAttempt(record=registration.register(hub, record, pseudonym))
    except (VendorError, PluginError) as error:
        return CreatedAttempt(record=record, problem=problem_of(error))


def new_code() -> str:
    """An attempt code: opaque and unguessable, 160 bits."""
    return secrets.token_hex(20).upper()


def ensure_acts_for(actor: Actor, user_id: str) -> None:
    """Only the LMS acts for a learner; a person acts for themselves.

    :raises Forbidden: anybody else.
    """
    if actor.role is Role.LMS or (actor.role is Role.LEARNER and actor.id == user_id):
        return
    raise Forbidden(noted("only the learner, or the LMS on the learner's behalf, takes an exam"))


def facts_for(conn: sa.Connection, exam_pk: int, user_id: str) -> CreationFacts:
    """Exam, course, learner and allowance in one query.

    :raises NotFound: the exam, or the learner, does not exist.
    """
    if not is_key(exam_pk):
        raise NotFound("exam", str(exam_pk))
    known = storable(user_id)
    facts = creation.facts(conn, exam_pk, user_id, lock=True) if known else None
    if facts is not None:
        return facts
    if creation.exam_exists(conn, exam_pk):
        raise NotFound("learner", user_id)
    raise NotFound("exam", str(exam_pk))


def ensure_may_begin(conn: sa.Connection, facts: CreationFacts, now: datetime) -> None:
    """All that must hold before an attempt of this learner at this exam begins (domain §3, §7)."""
    if not facts.is_active or facts.retired_at is not None:
        raise Conflict(
            told("exam %(exam_pk)s is not active any more", exam_pk=facts.exam_pk),
            code="exam_not_active",
        )
    if facts.learner_retired_at is not None:
        raise NotFound("learner", facts.user_id)
    ensure_track(facts.exam_type, None if facts.track is None else Track(facts.track))
    end = first_end(facts.due_at, facts.course_ends_at)
    if end is not None and now >= end:
        raise PastDue(end)
    if facts.latest_live:
        raise LiveAttemptExists(facts.latest_code or "")
    if finished_before_migration(conn, facts):
        raise Conflict(
            noted(
                "the learner has taken this exam with the vendor it had before; it is not offered "
                "again"
            ),
            code="finished_before_migration",
        )


def finished_before_migration(conn: sa.Connection, facts: CreationFacts) -> bool:
    """Whether the learner has finished an exam that this one replaces (domain §7)."""
    replaced = facts.replaces_pk
    return replaced is not None and creation.has_taken(conn, replaced, facts.person_pk)


def begin(
    hub: Hub,
    conn: sa.Connection,
    facts: CreationFacts,
    actor: Actor,
    *,
    code: str,
    status: AttemptStatus = AttemptStatus.CREATED,
    cause: Cause = Cause.LEARNER,
    carry: dict[str, Any] | None = None,
    reason: str = "",
) -> AttemptRecord:
    """Insert an attempt, its first line of history and its event; return it.

    ``carry``: columns taken over from an archived attempt (resume, reset).
    """
    now = hub.now()
    values: dict[str, Any] = {
        "code": code,
        "course_pk": facts.course_pk,
        "exam_pk": facts.exam_pk,
        "person_pk": facts.person_pk,
        "vendor": facts.vendor if facts.exam_type is not ExamType.TIMED else None,
        "exam_type": facts.exam_type,
        "number": next_number(facts.latest_number),
        "status": status,
        "created_at": now,
        "updated_at": now,
        "policy_exception": facts.policy_exception,
        "exam_name": facts.exam_name,
        "username": facts.username,
        "email": facts.email,
        # the stream of events is the learner's and exam's, so its numbers go on
        "event_seq": facts.latest_event_seq,
        **(carry or {}),
    }
    specs = events_for(None, status, facts.exam_type)
    values["event_seq"] += len(specs)
    record = creation.record_of(facts, store.insert_attempt(conn, values), values)
    first = values["event_seq"] - len(specs)
    tr = Transition(hub, conn, creation.with_seq(record, first), actor=actor)
    for spec in specs:
        tr.event(spec, cause)
    return tr.begins(cause, reason)


def _live_exists(hub: Hub, exam_pk: int, user_id: str, error: IntegrityError) -> Exception:
    """Two creations at once: the database let one through."""
    if not (
        violates(error, "uq_attempts_live")
        or violates(error, "uq_attempts_exam_pk_person_pk_number")
    ):
        return error
    with hub.database.read() as conn:
        facts = creation.facts(conn, exam_pk, user_id)
    return LiveAttemptExists((facts.latest_code if facts else None) or "")
