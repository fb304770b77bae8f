"""What must be known to begin an attempt, in one query; and the record of a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import UNSTARTED, ExamType
from proctor_hub.storage.locks import keeping
from proctor_hub.storage.records import NOT_QUEUED, AttemptRecord
from proctor_hub.storage.tables import (
    allowances,
    attempts,
    courses,
    enrolments,
    exams,
    people,
    pseudonyms,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationFacts:
    """Exam, course, learner, track, allowance and latest attempt, as one query read them."""

    exam_pk: int
    course_pk: int
    content_id: str
    exam_name: str
    exam_type: ExamType
    limit_minutes: int
    due_at: datetime | None
    hide_after_due: bool
    is_active: bool
    vendor: str | None
    exam_external_id: str | None
    rules: dict[str, bool]
    custom_rules: str
    retired_at: datetime | None
    replaces_pk: int | None
    course_id: str
    course_ends_at: datetime | None
    declined_exam_timed: bool
    decline_cascades: bool
    person_pk: int
    user_id: str
    username: str
    full_name: str
    email: str
    learner_retired_at: datetime | None
    track: str | None
    additional_minutes: int | None
    multiplier: float | None
    policy_exception: str
    pseudonym: str | None
    latest_code: str | None
    latest_number: int | None
    latest_live: bool | None
    latest_event_seq: int

    @property
    def allowance(self) -> Allowance | None:
        """The learner's allowance for this exam, where one was granted."""
        return allowance_of(self.additional_minutes, self.multiplier, self.policy_exception)


def allowance_of(minutes: int | None, multiplier: float | None, text: str) -> Allowance | None:
    """The domain's value of stored columns; None where nothing was granted."""
    if minutes is None and multiplier is None and not text:
        return None
    factor = None if multiplier is None else Decimal(str(multiplier))
    return Allowance(additional_minutes=minutes, multiplier=factor, policy_exception=text)


_latest = attempts.alias("latest")
_newest = (
    sa.select(sa.func.max(attempts.c.number))
    .where(attempts.c.exam_pk == exams.c.id, attempts.c.person_pk == people.c.id)
    .correlate(exams, people)
    .scalar_subquery()
)


def _facts_of(whose: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(
            exams.c.id.label("exam_pk"),
            exams.c.course_pk,
            exams.c.content_id,
            exams.c.name.label("exam_name"),
            exams.c.exam_type,
            exams.c.time_limit_minutes.label("limit_minutes"),
            exams.c.due_at,
            exams.c.hide_after_due,
            exams.c.is_active,
            exams.c.vendor,
            exams.c.external_id.label("exam_external_id"),
            exams.c.rules,
            exams.c.custom_rules,
            exams.c.retired_at,
            exams.c.replaces_pk,
            courses.c.course_id,
            courses.c.ends_at.label("course_ends_at"),
            courses.c.declined_exam_timed,
            courses.c.decline_cascades,
            people.c.id.label("person_pk"),
            people.c.user_id,
            people.c.username,
            people.c.full_name,
            people.c.email,
            people.c.retired_at.label("learner_retired_at"),
            enrolments.c.track,
            allowances.c.additional_minutes,
            allowances.c.multiplier,
            sa.func.coalesce(allowances.c.policy_exception, "").label("policy_exception"),
            pseudonyms.c.pseudonym,
            _latest.c.code.label("latest_code"),
            _latest.c.number.label("latest_number"),
            _latest.c.live.label("latest_live"),
            sa.func.coalesce(_latest.c.event_seq, 0).label("latest_event_seq"),
        )
        .select_from(
            exams.join(courses, courses.c.id == exams.c.course_pk)
            .join(people, whose)
            .outerjoin(
                enrolments,
                (enrolments.c.course_pk == courses.c.id) & (enrolments.c.person_pk == people.c.id),
            )
            .outerjoin(
                allowances,
                (allowances.c.exam_pk == exams.c.id) & (allowances.c.person_pk == people.c.id),
            )
            .outerjoin(
                pseudonyms,
                (pseudonyms.c.person_pk == people.c.id) & (pseudonyms.c.vendor == exams.c.vendor),
            )
            .outerjoin(
                _latest,
                (_latest.c.exam_pk == exams.c.id)
                & (_latest.c.person_pk == people.c.id)
                & (_latest.c.number == _newest),
            )
        )
        .where(exams.c.id == bindparam("exam_pk"))
    )


_FACTS = _facts_of(people.c.user_id == bindparam("user_id"))
_FACTS_BY_KEY = _facts_of(people.c.id == bindparam("person_pk"))

# Shared with other beginnings, but not with a migration, a retirement or a change of type.
_LOCKED_FACTS = keeping(_FACTS, of=[exams, people])


def facts(
    conn: sa.Connection, exam_pk: int, user_id: str, *, lock: bool = False
) -> CreationFacts | None:
    """All that must be known to begin an attempt; None: no such exam, or no such learner.

    ``lock``: exam and learner stay as they are until the commit; not with an attempt locked.
    """
    statement = _LOCKED_FACTS if lock else _FACTS
    return _facts_in(conn.execute(statement, {"exam_pk": exam_pk, "user_id": user_id}))


def facts_by_key(conn: sa.Connection, exam_pk: int, person_pk: int) -> CreationFacts | None:
    """As :func:`facts`, of a learner whose key is known, to be read only."""
    values = {"exam_pk": exam_pk, "person_pk": person_pk}
    return _facts_in(conn.execute(_FACTS_BY_KEY, values))


def _facts_in(result: sa.CursorResult[Any]) -> CreationFacts | None:
    row = result.first()
    if row is None:
        return None
    values = dict(row._mapping)
    values["exam_type"] = ExamType(values["exam_type"])
    return CreationFacts(**values)


def exam_exists(conn: sa.Connection, exam_pk: int) -> bool:
    """Whether there is an exam with this id."""
    return conn.execute(sa.select(exams.c.id).where(exams.c.id == exam_pk)).first() is not None


def has_taken(conn: sa.Connection, exam_pk: int, person_pk: int) -> bool:
    """Whether the learner has taken an exam, or one it replaced (domain §7).

    A running attempt counts: it finishes with the vendor the exam had.
    """
    chain = (
        sa.select(exams.c.id, exams.c.replaces_pk)
        .where(exams.c.id == exam_pk)
        .cte("chain", recursive=True)
    )
    older = exams.alias("older")
    chain = chain.union_all(
        sa.select(older.c.id, older.c.replaces_pk).where(older.c.id == chain.c.replaces_pk)
    )
    query = (
        sa.select(attempts.c.id)
        .where(
            attempts.c.person_pk == person_pk,
            attempts.c.exam_pk.in_(sa.select(chain.c.id)),
            attempts.c.live,
            attempts.c.status.not_in(list(UNSTARTED)),
        )
        .limit(1)
    )
    return conn.execute(query).first() is not None


_BLANK: dict[str, Any] = {
    "live": True,
    "version": 0,
    "external_id": None,
    "ready_at": None,
    "started_at": None,
    "completed_at": None,
    "allowed_seconds": None,
    "deadline_at": None,
    "seconds_left": None,
    "due_at": None,
    "last_poll_at": None,
    "last_poll_ip": "",
    "revision": 0,
    "latest_digest": "",
    "latest_order": None,
    "review_status": None,
    "review_label": "",
    "suspicious_count": 0,
    "suspicious_comments": "",
    "violation_count": 0,
    "violation_comments": "",
    "incident_count": 0,
    "review_owner": None,
    "queued_at": NOT_QUEUED,
    "decided_role": None,
    "flagged": False,
    "held": False,
}


def record_of(facts: CreationFacts, pk: int, values: dict[str, Any]) -> AttemptRecord:
    """The record of an attempt just inserted with ``values``, without reading it back."""
    return AttemptRecord(
        **{**_BLANK, **values},
        id=pk,
        exam_content_id=facts.content_id,
        exam_limit_minutes=facts.limit_minutes,
        exam_due_at=facts.due_at,
        exam_hide_after_due=facts.hide_after_due,
        exam_is_active=facts.is_active,
        exam_external_id=facts.exam_external_id,
        exam_rules=facts.rules,
        exam_custom_rules=facts.custom_rules,
        exam_retired_at=facts.retired_at,
        course_id=facts.course_id,
        course_ends_at=facts.course_ends_at,
        course_declined_exam_timed=facts.declined_exam_timed,
        course_decline_cascades=facts.decline_cascades,
        learner_user_id=facts.user_id,
        learner_full_name=facts.full_name,
        learner_retired_at=facts.learner_retired_at,
    )


def with_seq(record: AttemptRecord, seq: int) -> AttemptRecord:
    """The record as if its stream of events stood at ``seq``."""
    return replace(record, event_seq=seq)
