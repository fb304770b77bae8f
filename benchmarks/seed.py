"""Fills a migrated, empty database with a course of any size, straight through the driver.

Attempts come exam after exam, learners in no particular order within one, as they would over time:
what is read in another order later pays for it. About 50 000 attempts a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import attempts

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
COURSE_ID = "course-v1:Bench+B101+2026"
_MIX = 7919  # a prime: steps through the learners in an order of its own
_PEOPLE_FROM = 1_000

Stage = Literal["none", "submitted", "reviewed", "mixed"]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to seed.

    ``stage``: ``submitted`` attempts wait for their review; ``reviewed`` ones have a verdict and
    comments, in the mix a report would show; ``mixed``: as a course has them in its middle, some
    outcomes rare; ``none``: everything but the attempts. ``vendor``:
    slug of the vendor account. External ids are ``bench-{n}``, user ids ``user-{n}``, n from 0;
    exams have the ids 1 to ``exams``.
    """

    attempts: int
    exams: int = 10
    vendor: str = "proctortrack"
    stage: Stage = "submitted"
    course_pk: int = 1

    @property
    def people(self) -> int:
        """Learners needed, each with one attempt at every exam."""
        return -(-self.attempts // self.exams)


def seed(database: Database, plan: Plan) -> None:
    """Load the plan into a database that has the tables and no rows; indexes are rebuilt."""
    indexes = sorted(attempts.indexes, key=lambda index: str(index.name))
    with database.engine.begin() as conn:
        for index in indexes:
            index.drop(conn)
    for table, columns, rows in _tables(plan):
        _load(database, table, columns, rows)
    with database.engine.begin() as conn:
        for index in indexes:
            index.create(conn)
        if database.dialect == "postgresql":
            _continue_sequences(conn)
    # On PostgreSQL it would come by itself in the middle of what is measured.
    tidy = "VACUUM ANALYZE" if database.dialect == "postgresql" else "ANALYZE"
    with database.engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text(tidy))


def _tables(plan: Plan) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
    yield "courses", _COURSE, [(plan.course_pk, COURSE_ID, True, plan.vendor, START)]
    yield "exams", _EXAM, (
        (n + 1, plan.course_pk, f"block-{n:04d}", f"Exam {n:04d}", "proctored", 90, plan.vendor,
         f"bench-exam-{n}", json.dumps({}), START)
        for n in range(plan.exams)
    )  # fmt: skip
    yield (
        "people",
        _PERSON,
        (
            (_PEOPLE_FROM + n, f"user-{n}", _username(n), f"Learner {n}", _email(n), START)
            for n in range(plan.people)
        ),
    )
    yield (
        "enrolments",
        ("course_pk", "person_pk", "track"),
        ((plan.course_pk, _PEOPLE_FROM + n, "verified") for n in range(plan.people)),
    )
    if plan.stage == "none":
        return
    yield "attempts", _ATTEMPT, _attempt_rows(plan)
    yield (
        "external_ids",
        ("vendor", "external_id", "attempt_pk", "given_at"),
        ((plan.vendor, f"bench-{n}", n + 1, START) for n in range(plan.attempts)),
    )


_COURSE = ("id", "course_id", "proctoring_enabled", "vendor", "created_at")
_EXAM = (
    "id", "course_pk", "content_id", "name", "exam_type", "time_limit_minutes", "vendor",
    "external_id", "rules", "created_at",
)  # fmt: skip
_PERSON = ("id", "user_id", "username", "full_name", "email", "created_at")
_ATTEMPT = (
    "id", "code", "course_pk", "exam_pk", "person_pk", "vendor", "exam_type", "number", "status",
    "version", "external_id", "created_at", "updated_at", "ready_at", "started_at", "completed_at",
    "allowed_seconds", "deadline_at", "exam_name", "username", "email", "revision",
    "review_status", "review_label", "suspicious_count", "suspicious_comments", "violation_count",
    "violation_comments", "incident_count", "review_owner", "live", "flagged",
)  # fmt: skip

_VERDICTS: tuple[tuple[Any, ...], ...] = (
    ("verified", 1, "passed", "Clean", 0, "", 0, "", 0),
    ("verified", 1, "violation", "Rules Violation", 0, "", 1, "music playing in the room", 1),
    ("second_review_required", 1, "suspicious", "Suspicious", 2,
     'a second person, seen twice;a "cheat sheet" on the desk', 0, "", 2),
    ("rejected", 2, "suspicious", "Suspicious", 1, "no photo ID", 1, "=HYPERLINK(1)", 2),
)  # fmt: skip
_NO_REVIEW = ("submitted", 0, None, "", 0, "", 0, "", 0)
_MIXED: tuple[tuple[int, tuple[Any, ...]], ...] = (
    (5, ("error", *_NO_REVIEW[1:])),
    (10, ("verified", 1, "not_reviewed", "Not Reviewed", 0, "", 0, "", 0)),
    (310, ("declined", *_NO_REVIEW[1:])),
    (810, _VERDICTS[3]),
    (1_110, _VERDICTS[2]),
    (1_510, _VERDICTS[1]),
    (2_510, _NO_REVIEW),
    (10_000, _VERDICTS[0]),
)
"""Out of 10 000 attempts of the stage ``mixed``, those under each number: what became of them."""


def _attempt_rows(plan: Plan) -> Iterator[Row]:
    for n in range(plan.attempts):
        exam, place = divmod(n, plan.people)
        person = place * _MIX % plan.people if plan.people % _MIX else place
        status, revision, *review = _outcome(plan, n)
        owner = "course_team" if status == "second_review_required" else None
        flagged = plan.stage == "mixed" and n % 5_003 == 0
        start = START + timedelta(days=exam, seconds=place % 36_000)
        end = start + timedelta(minutes=75)
        yield (
            n + 1, f"b{n * 2_654_435_761 % 2**32:08x}{n:024x}", plan.course_pk, exam + 1,
            _PEOPLE_FROM + person, plan.vendor, "proctored", 1, status, 4, f"bench-{n}", start, end,
            start, start, end, 5_400, start + timedelta(minutes=90), f"Exam {exam:04d}",
            _username(person), _email(person), revision, *review, owner, True, flagged,
        )  # fmt: skip


def _outcome(plan: Plan, n: int) -> tuple[Any, ...]:
    if plan.stage == "submitted":
        return _NO_REVIEW
    if plan.stage == "reviewed":
        return _VERDICTS[n % 4]
    chance = n * 2_654_435_761 % 2**32 * 10_000 >> 32
    return next(outcome for under, outcome in _MIXED if chance < under)


def _username(n: int) -> str:
    return f"learner_{n:07d}"


def _email(n: int) -> str:
    return f"learner_{n:07d}@example.org"


def _load(database: Database, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(columns)
    with database.engine.begin() as conn:
        driver: Any = conn.connection.driver_connection
        if database.dialect == "sqlite":
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            conn.exec_driver_sql("SELECT 1")  # begins the transaction
            driver.executemany(statement, map(_for_sqlite, rows))
        else:
            with driver.cursor() as cursor:
                statement = f"COPY {table} ({names}) FROM STDIN"
                with cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)


def _for_sqlite(row: Row) -> Row:
    return tuple(
        value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value
        for value in row
    )


def _continue_sequences(conn: sa.Connection) -> None:
    for table in ("courses", "exams", "people", "attempts"):
        statement = (
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
            f"(SELECT coalesce(max(id), 1) FROM {table}))"
        )
        conn.execute(sa.text(statement))
