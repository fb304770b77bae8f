"""Queries around the registration of an attempt with its vendor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.timing import Allowance
from proctor_hub.storage.creation import allowance_of
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.tables import allowances, exams, external_ids

_ALLOWANCE = sa.select(
    allowances.c.additional_minutes, allowances.c.multiplier, allowances.c.policy_exception
).where(
    allowances.c.exam_pk == bindparam("exam_pk"), allowances.c.person_pk == bindparam("person_pk")
)


def allowance(conn: sa.Connection, exam_pk: int, person_pk: int) -> Allowance | None:
    """What the learner was granted for the exam."""
    row = conn.execute(_ALLOWANCE, {"exam_pk": exam_pk, "person_pk": person_pk}).first()
    return None if row is None else allowance_of(row[0], row[1], row[2])


def adopt_exam_id(conn: sa.Connection, exam_pk: int, *, known: str | None, answered: str) -> str:
    """The vendor answered a sync: the id the exam has from now on.

    :param known: the id it had when the vendor was asked. Two first syncs at once make two exams
        there; the one that is stored first is the exam, for both callers.
    """
    had = exams.c.external_id.is_(None) if known is None else exams.c.external_id == known
    change = exams.update().where(exams.c.id == exam_pk, had).values(external_id=answered)
    if conn.execute(change).rowcount == 1:
        return answered
    stored: str | None = conn.scalar(sa.select(exams.c.external_id).where(exams.c.id == exam_pk))
    return stored or answered


def with_exam_external_id(record: AttemptRecord, external_id: str | None) -> AttemptRecord:
    """The record as if its exam had this id at the vendor."""
    return replace(record, exam_external_id=external_id)


def keep_replaced(
    conn: sa.Connection, record: AttemptRecord, external_id: str, now: datetime
) -> None:
    """Keep an id that never counts: what is addressed to it is stored and moves nothing.

    :raises sqlalchemy.exc.IntegrityError: the account has this id already (``pk_external_ids``).
    """
    row = {
        "vendor": record.vendor,
        "external_id": external_id,
        "attempt_pk": record.id,
        "given_at": now,
        "replaced_at": now,
    }
    conn.execute(external_ids.insert(), row)
