"""What the database says after each step, and what is new in it since the step before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.services.hub import Hub
from proctor_hub.storage.tables import (
    attempts,
    callbacks,
    courses,
    decisions,
    exams,
    history,
    outbox,
    quarantine_counts,
    reviews,
)

Row = dict[str, Any]

_ATTEMPTS = (
    sa.select(
        *attempts.c,
        courses.c.ends_at.label("course_ends_at"),
        sa.func.coalesce(attempts.c.due_at, exams.c.due_at).label("effective_due_at"),
    )
    .join(exams, exams.c.id == attempts.c.exam_pk)
    .join(courses, courses.c.id == attempts.c.course_pk)
)


def is_overdue(row: Row, now: datetime) -> bool:
    """Whether the clock has something to do with the attempt (§3, §7)."""
    if not row["live"]:
        return False
    course_over = row["course_ends_at"] is not None and now >= row["course_ends_at"]
    if row["status"] in ("started", "ready_to_submit"):
        return bool(course_over or now >= row["deadline_at"])
    unstarted = row["status"] in ("created", "download_software_clicked", "ready_to_start")
    if unstarted or row["status"].startswith("onboarding_"):
        due = row["effective_due_at"]
        return course_over or (due is not None and now >= due)
    return False


@dataclass(slots=True)
class Step:
    """The attempts before and after a step, and what it appended."""

    before: dict[int, Row]
    after: dict[int, Row]
    history: list[Row]
    decisions: list[Row]
    reviews: list[Row]
    events: list[Row]


@dataclass(slots=True)
class Ledger:
    """Reads the database of ``hub``; everything appended so far is kept by attempt."""

    hub: Hub
    attempts: dict[int, Row] = field(default_factory=dict)
    history: dict[int, list[Row]] = field(default_factory=dict)
    decisions: dict[int, list[Row]] = field(default_factory=dict)
    reviews: dict[int, list[Row]] = field(default_factory=dict)
    callbacks: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def refresh(self) -> Step:
        """Read what changed since the last call."""
        before = self.attempts
        with self.hub.database.read() as conn:
            rows = conn.execute(_ATTEMPTS.order_by(attempts.c.id))
            self.attempts = {row.id: dict(row._mapping) for row in rows}
            new_history = self._new(conn, history)
            new_decisions = self._new(conn, decisions)
            new_reviews = self._new(conn, reviews)
            events = self._new(conn, outbox)
            kept = conn.execute(sa.select(sa.func.count(callbacks.c.id))).scalar_one()
            dropped = conn.execute(sa.select(sa.func.sum(quarantine_counts.c.dropped))).scalar()
        self.callbacks = int(kept) + int(dropped or 0)
        for kept_rows, new in (
            (self.history, new_history),
            (self.decisions, new_decisions),
            (self.reviews, new_reviews),
        ):
            for row in new:
                kept_rows.setdefault(row["attempt_pk"], []).append(row)
        return Step(
            before=before,
            after=self.attempts,
            history=new_history,
            decisions=new_decisions,
            reviews=new_reviews,
            events=[row for row in events if row["destination"] == "lms"],
        )

    def _new(self, conn: sa.Connection, table: sa.Table) -> list[Row]:
        after = self._seen.get(table.name, 0)
        found = conn.execute(table.select().where(table.c.id > after).order_by(table.c.id))
        rows = [dict(row._mapping) for row in found]
        if rows:
            self._seen[table.name] = rows[-1]["id"]
        return rows
