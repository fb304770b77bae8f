"""The queues of second reviews and what was escalated, with what pages show next to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import AttemptStatus, DecisionKind, ReviewOwner
from proctor_hub.storage.attempts import ATTEMPT
from proctor_hub.storage.records import NOT_QUEUED, AttemptRecord, attempt_record
from proctor_hub.storage.tables import attempts, courses, decisions, people

WINDOW = 2_000
"""Entries of a queue looked through for one page: those of others are passed over."""

# In the words of the partial indexes: SQLAlchemy would write ``live = 1`` on SQLite.
_QUEUED: tuple[sa.ColumnElement[bool], ...] = (
    sa.literal_column("attempts.live"),
    attempts.c.status == sa.literal_column("'second_review_required'"),
)
_ESCALATION = decisions.c.kind == sa.literal_column("'escalate'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody decided, in which words."""

    attempt_pk: int
    kind: DecisionKind
    role: str
    user_id: str
    name: str
    decided_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """An escalation and what became of the attempt since."""

    id: int
    note: Note
    attempt_code: str
    course_id: str
    exam_name: str
    username: str
    vendor: str | None
    status: AttemptStatus
    live: bool
    latest: Note


Place = tuple[datetime, int]
"""Where an attempt stands in a queue: since when it waits, and its id."""

BEGINNING: Place = (NOT_QUEUED, 0)


def place_of(record: AttemptRecord) -> Place:
    """Where this attempt stands."""
    return record.queued_at, record.id


_ORDER = (attempts.c.queued_at, attempts.c.id)


def queue(
    conn: sa.Connection,
    owner: ReviewOwner,
    *,
    course_pk: int | None,
    vendor: str | None,
    after: Place,
    count: int,
) -> tuple[list[AttemptRecord], Place | None]:
    """Attempts behind ``after`` that wait for ``owner``, the one that waits longest first.

    :return: at most ``count`` of them, and the place to go on after where fewer were found within
        :data:`WINDOW` entries but more may be left; else None.
    """
    behind = sa.tuple_(
        sa.literal(after[0], attempts.c.queued_at.type), sa.literal(after[1], attempts.c.id.type)
    )
    query = sa.select(*_ORDER, attempts.c.vendor).where(
        *_QUEUED, attempts.c.review_owner == owner.value, sa.tuple_(*_ORDER) > behind
    )
    if course_pk is not None:
        query = query.where(attempts.c.course_pk == course_pk)
    wanted: list[int] = []
    last, seen = after, 0
    most = count if vendor is None else WINDOW
    for row in conn.execute(query.order_by(*_ORDER).limit(most)):
        last, seen = (row.queued_at, row.id), seen + 1
        if vendor in (None, row.vendor):
            wanted.append(row.id)
            if len(wanted) == count:
                break
    found = conn.execute(ATTEMPT.where(attempts.c.id.in_(wanted)).order_by(*_ORDER))
    onward = last if seen == most and len(wanted) < count else None
    return [attempt_record(row) for row in found], onward


_LATEST = sa.select(sa.func.max(decisions.c.id)).where(
    decisions.c.attempt_pk.in_(bindparam("pks", expanding=True))
)
_LATEST_ESCALATION = _LATEST.where(_ESCALATION).group_by(decisions.c.attempt_pk)
_LATEST_ANY = _LATEST.group_by(decisions.c.attempt_pk)
_NOTES = sa.select(
    decisions.c.attempt_pk,
    decisions.c.kind,
    decisions.c.role,
    decisions.c.decided_at,
    decisions.c.reason,
    people.c.user_id,
    people.c.full_name,
    people.c.username,
).join(people, people.c.id == decisions.c.person_pk)
_LOOKED_AT = (
    sa.select(decisions.c.id, decisions.c.attempt_pk)
    .where(_ESCALATION, decisions.c.id < bindparam("before"))
    .order_by(decisions.c.id.desc())
)


def escalations_of(conn: sa.Connection, pks: Sequence[int]) -> dict[int, Note]:
    """Attempt → its latest escalation, where it has one."""
    found = conn.scalars(_LATEST_ESCALATION, {"pks": list(pks)})
    return {note.attempt_pk: note for note in _notes(conn, list(found)).values()}


def escalated(
    conn: sa.Connection, *, course_pk: int | None, before: int, count: int
) -> tuple[list[Escalated], int | None]:
    """Escalations with an id under ``before``, newest first, with their fate; of a course, if one
    is given.

    :return: at most ``count`` of them, and the id to go on before where fewer were found within
        :data:`WINDOW` escalations but more may be left; else None.
    """
    looked = _LOOKED_AT.limit(count if course_pk is None else WINDOW).subquery()
    query = (
        sa.select(
            looked.c.id,
            attempts.c.id.label("attempt_pk"),
            attempts.c.code.label("attempt_code"),
            attempts.c.exam_name,
            attempts.c.username,
            attempts.c.vendor,
            attempts.c.status,
            attempts.c.live,
            courses.c.course_id,
        )
        .join(attempts, attempts.c.id == looked.c.attempt_pk)
        .join(courses, courses.c.id == attempts.c.course_pk)
        .order_by(looked.c.id.desc())
        .limit(count)
    )
    onward = None
    if course_pk is not None:
        query = query.where(attempts.c.course_pk == course_pk)
        onward = conn.scalar(_LOOKED_AT.offset(WINDOW - 1).limit(1), {"before": before})
    rows = conn.execute(query, {"before": before}).all()
    pks = sorted({row.attempt_pk for row in rows})
    latest = list(conn.scalars(_LATEST_ANY, {"pks": pks}))
    notes = _notes(conn, [*latest, *(row.id for row in rows)])
    fates = {notes[pk].attempt_pk: notes[pk] for pk in latest}
    found = []
    for row in rows:
        values: dict[str, Any] = dict(row._mapping)
        fate = fates[values.pop("attempt_pk")]
        values["status"] = AttemptStatus(values["status"])
        found.append(Escalated(**values, note=notes[row.id], latest=fate))
    return found, onward if len(found) < count else None


def _notes(conn: sa.Connection, pks: Sequence[int]) -> dict[int, Note]:
    query = _NOTES.add_columns(decisions.c.id).where(decisions.c.id.in_(sorted(set(pks))))
    return {
        row.id: Note(
            attempt_pk=row.attempt_pk,
            kind=DecisionKind(row.kind),
            role=row.role,
            user_id=row.user_id,
            name=row.full_name or row.username or row.user_id,
            decided_at=row.decided_at,
            reason=row.reason,
        )
        for row in conn.execute(query)
    }
