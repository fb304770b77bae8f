"""Queries on attempts. Statements are built once; hot paths bind values only (design §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.storage.keys import new_id
from proctor_hub.storage.records import AttemptRecord, attempt_record
from proctor_hub.storage.tables import (
    attempts,
    courses,
    exams,
    external_ids,
    history,
    outbox,
    people,
)

_EXAM = ("content_id", "due_at", "hide_after_due", "is_active", "external_id", "rules")
_COLUMNS: list[sa.ColumnElement[Any]] = [
    *attempts.c,
    *(exams.c[name].label(f"exam_{name}") for name in _EXAM),
    exams.c.time_limit_minutes.label("exam_limit_minutes"),
    exams.c.custom_rules.label("exam_custom_rules"),
    exams.c.retired_at.label("exam_retired_at"),
    courses.c.course_id.label("course_id"),
    courses.c.ends_at.label("course_ends_at"),
    courses.c.declined_exam_timed.label("course_declined_exam_timed"),
    courses.c.decline_cascades.label("course_decline_cascades"),
    people.c.user_id.label("learner_user_id"),
    people.c.full_name.label("learner_full_name"),
    people.c.retired_at.label("learner_retired_at"),
]

ATTEMPT = sa.select(*_COLUMNS).select_from(
    attempts.join(exams, exams.c.id == attempts.c.exam_pk)
    .join(courses, courses.c.id == attempts.c.course_pk)
    .join(people, people.c.id == attempts.c.person_pk)
)
"""An attempt with its exam, course and learner: the row :func:`attempt_record` reads."""

_BY_ID = ATTEMPT.where(attempts.c.id == bindparam("pk"))
_BY_CODE = ATTEMPT.where(attempts.c.code == bindparam("code"))
_BY_EXTERNAL = (
    ATTEMPT.add_columns(external_ids.c.replaced_at.label("external_replaced_at"))
    .join(external_ids, external_ids.c.attempt_pk == attempts.c.id)
    .where(
        external_ids.c.vendor == bindparam("vendor"),
        external_ids.c.external_id == bindparam("external_id"),
    )
)
_LIVE = ATTEMPT.where(
    attempts.c.exam_pk == bindparam("exam_pk"),
    attempts.c.person_pk == bindparam("person_pk"),
    attempts.c.live,
)
_RUNNING = ATTEMPT.where(
    attempts.c.person_pk == bindparam("person_pk"),
    attempts.c.live,
    attempts.c.status.in_([AttemptStatus.STARTED, AttemptStatus.READY_TO_SUBMIT]),
)


def _locking(statement: sa.Select[Any]) -> sa.Select[Any]:
    # On PostgreSQL the row is locked, so two changes of one attempt queue instead of colliding;
    # SQLite has one writer and drops the clause.
    return statement.with_for_update(of=attempts)


_LOCKED = {id(s): _locking(s) for s in (_BY_ID, _BY_CODE, _BY_EXTERNAL, _LIVE)}


def _one(
    conn: sa.Connection, statement: sa.Select[Any], lock: bool, values: Mapping[str, Any]
) -> sa.Row[Any] | None:
    return conn.execute(_LOCKED[id(statement)] if lock else statement, values).first()


def by_id(conn: sa.Connection, pk: int, *, lock: bool = False) -> AttemptRecord | None:
    """The attempt with this integer id; ``lock`` for a change in the same transaction."""
    row = _one(conn, _BY_ID, lock, {"pk": pk})
    return None if row is None else attempt_record(row)


def by_code(conn: sa.Connection, code: str, *, lock: bool = False) -> AttemptRecord | None:
    """The attempt with this attempt code."""
    row = _one(conn, _BY_CODE, lock, {"code": code})
    return None if row is None else attempt_record(row)


def by_external_id(
    conn: sa.Connection, vendor: str, external_id: str, *, lock: bool = False
) -> tuple[AttemptRecord, bool] | None:
    """The attempt the vendor knows under this id, and whether the id is still its current one."""
    row = _one(conn, _BY_EXTERNAL, lock, {"vendor": vendor, "external_id": external_id})
    if row is None:
        return None
    values = dict(row._mapping)
    # The lock may have waited for a registration: then the attempt is newer than this row of ids.
    current = values.pop("external_replaced_at") is None and values["external_id"] == external_id
    return attempt_record(_Values(values)), current  # type: ignore[arg-type]


class _Values:
    """Looks like a row to :func:`attempt_record`."""

    __slots__ = ("_mapping",)

    def __init__(self, values: dict[str, Any]) -> None:
        self._mapping = values


def live_attempt(
    conn: sa.Connection, exam_pk: int, person_pk: int, *, lock: bool = False
) -> AttemptRecord | None:
    """The learner's live attempt at an exam; at most one exists."""
    row = _one(conn, _LIVE, lock, {"exam_pk": exam_pk, "person_pk": person_pk})
    return None if row is None else attempt_record(row)


def lock_all(conn: sa.Connection, whose: sa.ColumnElement[bool]) -> None:
    """Nobody changes one of these attempts until the commit; always locked in the same order.

    :param whose: a person's or an exam's. The caller has locked that row, so no attempt begins;
        one that follows a reset may come while this waits for it, so it is looked for again.
    """
    query = sa.select(attempts.c.id).where(whose).order_by(attempts.c.id).with_for_update()
    known: list[int] | None = None
    while (found := list(conn.scalars(query))) != known:
        known = found


def running_attempt(conn: sa.Connection, person_pk: int) -> AttemptRecord | None:
    """The learner's running attempt over all exams; at most one exists."""
    row = conn.execute(_RUNNING, {"person_pk": person_pk}).first()
    return None if row is None else attempt_record(row)


_INSERT_ATTEMPT = attempts.insert()
_INSERT_HISTORY = history.insert()
_INSERT_OUTBOX = outbox.insert()
_CAS = attempts.update().where(
    attempts.c.id == bindparam("at_id"),
    attempts.c.version == bindparam("at_version"),
    attempts.c.status == bindparam("at_status"),
)


_POLL = (
    attempts.update()
    .where(attempts.c.id == bindparam("pk"), attempts.c.live)
    .values(last_poll_at=bindparam("at"), last_poll_ip=bindparam("address"))
)


def compare_and_set(conn: sa.Connection, record: AttemptRecord, changes: Mapping[str, Any]) -> bool:
    """Write ``changes`` if the row still has the record's version and status; False if not."""
    guard = {"at_id": record.id, "at_version": record.version, "at_status": record.status}
    result = conn.execute(_CAS, {**changes, "version": record.version + 1, **guard})
    return result.rowcount == 1


def note_poll(conn: sa.Connection, pk: int, at: datetime, address: str) -> None:
    """The learner looked at a live attempt; no change of it, so its version stays."""
    conn.execute(_POLL, {"pk": pk, "at": at, "address": address})


def insert_attempt(conn: sa.Connection, values: Mapping[str, Any]) -> int:
    """Insert an attempt; return its id. IntegrityError where uniqueness forbids it."""
    return new_id(conn.execute(_INSERT_ATTEMPT, values))


def insert_history(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append to the history of attempts."""
    conn.execute(_INSERT_HISTORY, list(rows))


def insert_outbox(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put effects into the outbox, in order."""
    conn.execute(_INSERT_OUTBOX, list(rows))


_EXTERNAL_OF = external_ids.select().where(
    external_ids.c.vendor == bindparam("vendor"),
    external_ids.c.external_id == bindparam("external_id"),
)
_REPLACE = (
    external_ids.update()
    .where(external_ids.c.attempt_pk == bindparam("pk"), external_ids.c.replaced_at.is_(None))
    .values(replaced_at=bindparam("now"))
)


def give_external_id(
    conn: sa.Connection, record: AttemptRecord, external_id: str, now: datetime
) -> None:
    """Record the vendor's id for an attempt; an earlier one is kept, as replaced.

    :raises sqlalchemy.exc.IntegrityError: another attempt of the account has this id
        (``pk_external_ids``).
    """
    if record.external_id is not None:
        conn.execute(_REPLACE, {"pk": record.id, "now": now})
    conn.execute(
        external_ids.insert(),
        {
            "vendor": record.vendor,
            "external_id": external_id,
            "attempt_pk": record.id,
            "given_at": now,
        },
    )


def replaced_ids(conn: sa.Connection, attempt_pk: int) -> list[str]:
    """External ids the attempt had before its current one."""
    query = sa.select(external_ids.c.external_id).where(
        external_ids.c.attempt_pk == attempt_pk, external_ids.c.replaced_at.is_not(None)
    )
    return list(conn.execute(query).scalars())
