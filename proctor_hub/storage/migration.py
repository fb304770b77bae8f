"""Queries of a vendor migration: what an exam's attempts are, and its replacement (domain §7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.words import UNSTARTED, AttemptStatus, ExamType
from proctor_hub.storage.attempts import ATTEMPT
from proctor_hub.storage.exams import Exam, insert
from proctor_hub.storage.records import AttemptRecord, attempt_record
from proctor_hub.storage.tables import attempts, exams


def live_statuses(conn: sa.Connection, exam_pk: int) -> list[tuple[int, AttemptStatus]]:
    """Id and status of every live attempt at an exam, by id."""
    query = (
        sa.select(attempts.c.id, attempts.c.status)
        .where(attempts.c.exam_pk == exam_pk, attempts.c.live)
        .order_by(attempts.c.id)
    )
    return [(pk, AttemptStatus(status)) for pk, status in conn.execute(query)]


def lock_attempts(conn: sa.Connection, exam_pks: Iterable[int]) -> None:
    """Nobody moves a live attempt at these exams until the commit."""
    query = (
        sa.select(attempts.c.id)
        .where(attempts.c.exam_pk.in_(list(exam_pks)), attempts.c.live)
        .order_by(attempts.c.id)
        .with_for_update()
    )
    conn.execute(query).all()


def unstarted(conn: sa.Connection, exam_pk: int) -> list[AttemptRecord]:
    """The live attempts at an exam that have not started."""
    query = ATTEMPT.where(
        attempts.c.exam_pk == exam_pk,
        attempts.c.live,
        attempts.c.status.in_(sorted(UNSTARTED)),
    ).order_by(attempts.c.id)
    rows: Any = conn.execute(query)
    return [attempt_record(row) for row in rows]


def retire(conn: sa.Connection, exam: Exam, now: datetime) -> None:
    """The exam takes no new attempts and gives its content id free."""
    values = {"retired_at": now, "version": exam.version + 1}
    conn.execute(exams.update().where(exams.c.id == exam.id).values(values))


def recreate(
    conn: sa.Connection,
    exam: Exam,
    *,
    vendor: str,
    exam_type: ExamType,
    rules: dict[str, bool],
    custom_rules: str,
    now: datetime,
) -> int:
    """The exam again, with another vendor; returns its id."""
    return insert(
        conn,
        {
            "course_pk": exam.course_pk,
            "content_id": exam.content_id,
            "name": exam.name,
            "exam_type": exam_type,
            "time_limit_minutes": exam.time_limit_minutes,
            "due_at": exam.due_at,
            "hide_after_due": exam.hide_after_due,
            "is_active": exam.is_active,
            "vendor": vendor,
            "rules": rules,
            "custom_rules": custom_rules,
            "created_at": now,
            "replaces_pk": exam.id,
        },
    )
