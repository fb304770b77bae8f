from __future__ import annotations

import csv
import gc
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.seed import COURSE_ID, Plan, seed
from proctor_hub.domain import report
from proctor_hub.domain.timing import report_minutes
from proctor_hub.domain.words import AttemptStatus, DecisionKind, ExamType, ReviewStatus, Role
from proctor_hub.storage.engine import Database
from proctor_hub.storage.report import PAGE_ROWS, stream_legacy, stream_results
from proctor_hub.storage.tables import attempts, courses, exams, people

NOW = datetime(2026, 11, 22, 9, 30, 59, 999_999, tzinfo=UTC)
COURSE = '=course,"v1"'


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attempt as the report sees it."""

    exam_name: str = "Exam"
    username: str = "ada"
    email: str = "ada@example.org"
    code: str = "c"
    exam_type: ExamType = ExamType.PROCTORED
    status: AttemptStatus = AttemptStatus.SUBMITTED
    allowed_seconds: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    review_label: str = ""
    decided_role: Role | None = None
    incident_count: int = 0
    suspicious_count: int = 0
    suspicious_comments: str = ""
    violation_count: int = 0
    violation_comments: str = ""
    external_id: str | None = None
    last_poll_at: datetime | None = None
    last_poll_ip: str = ""
    live: bool = field(default=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def _prepare(conn: sa.Connection) -> None:
    conn.execute(courses.insert(), [_course(1, COURSE), _course(2, "another")])
    conn.execute(
        exams.insert(),
        {"id": 1, "course_pk": 1, "content_id": "x", "exam_type": "proctored", "rules": {},
         "time_limit_minutes": 90, "created_at": NOW},
    )  # fmt: skip
    conn.execute(people.insert(), {"id": 1, "user_id": "u", "created_at": NOW})


def _course(pk: int, course_id: str) -> dict[str, Any]:
    return {"id": pk, "course_id": course_id, "created_at": NOW}


def _store(database: Database, cases: list[Case], course_pk: int = 1, first: int = 1) -> None:
    def unit(conn: sa.Connection) -> None:
        if conn.execute(sa.select(courses.c.id)).first() is None:
            _prepare(conn)
        conn.execute(attempts.delete())
        for number, case in enumerate(cases, first):
            values = {column: getattr(case, column) for column in Case.__dataclass_fields__}
            values |= {"code": f"{case.code}{number}", "course_pk": course_pk, "exam_pk": 1}
            values |= {"person_pk": 1, "number": number, "created_at": NOW, "updated_at": NOW}
            conn.execute(attempts.insert(), values)

    database.write(unit)


def _expected(cases: list[Case]) -> list[tuple[int, Case]]:
    rows = [(n, case) for n, case in enumerate(cases, 1) if case.exam_type in report.REPORTED_TYPES]
    return sorted(rows, key=lambda row: (row[1].exam_name, row[1].username, row[0]))


def _csv(header: tuple[str, ...], rows: list[list[str]]) -> bytes:
    sink = io.StringIO(newline="")
    sink.write(",".join(header) + "\r\n")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerows([[report.neutralise(cell) for cell in row] for row in rows])
    return sink.getvalue().encode()


def _results(cases: list[Case]) -> bytes:
    return _csv(report.COLUMNS, [_result_row(n, case) for n, case in _expected(cases)])


def _result_row(number: int, case: Case) -> list[str]:
    verdict = {AttemptStatus.VERIFIED: DecisionKind.PASS, AttemptStatus.REJECTED: DecisionKind.FAIL}
    seconds = case.allowed_seconds
    return [
        COURSE,
        case.exam_name,
        case.username,
        case.email,
        f"{case.code}{number}",
        "" if seconds is None else str(report_minutes(seconds)),
        str(case.exam_type.is_sample).lower(),
        report.iso(case.started_at),
        report.iso(case.completed_at),
        case.status,
        report.report_review_status(
            case.status,
            case.exam_type,
            latest_label=case.review_label or None,
            decision=verdict.get(case.status) if case.decided_role else None,
            has_incidents=case.incident_count > 0,
        ),
        str(case.suspicious_count),
        case.suspicious_comments,
        str(case.violation_count),
        case.violation_comments,
    ]


def _legacy(cases: list[Case]) -> bytes:
    rows = []
    for number, case in _expected(cases):
        seconds = case.allowed_seconds
        minutes = None if seconds is None else report_minutes(seconds)
        rows.append(
            [
                report.iso(NOW),
                report.iso(NOW),
                report.iso(case.started_at),
                case.exam_name,
                case.username or case.email,
                report.iso(case.completed_at),
                case.external_id or "",
                report.legacy_allowed_time(minutes),
                report.legacy_status(case.status),
                f"{case.code}{number}",
                str(case.exam_type.is_sample).lower(),
                report.iso(case.last_poll_at),
                case.last_poll_ip,
            ]
        )
    return _csv(report.LEGACY_COLUMNS, rows)


_NASTY = st.text("=+-@\t\r\n\",;' aZé漢\ufeff\U0001f600\\.", max_size=6) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
_MOMENT = st.none() | st.datetimes(
    datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)
)
_COUNT = st.integers(0, 3)
_CASE = st.builds(
    Case,
    exam_name=_NASTY,
    username=_NASTY,
    email=_NASTY,
    code=_NASTY,
    exam_type=st.sampled_from(ExamType),
    status=st.sampled_from(AttemptStatus),
    allowed_seconds=st.none() | st.integers(0, 200_000),
    started_at=_MOMENT,
    completed_at=_MOMENT,
    review_label=st.sampled_from(["", *(status.label for status in ReviewStatus)]) | _NASTY,
    decided_role=st.none() | st.sampled_from([Role.COURSE_TEAM, Role.SUPPORT, Role.VENDOR]),
    incident_count=_COUNT,
    suspicious_count=_COUNT,
    suspicious_comments=_NASTY,
    violation_count=_COUNT,
    violation_comments=_NASTY,
    external_id=st.none() | _NASTY,
    last_poll_at=_MOMENT,
    last_poll_ip=_NASTY,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(_CASE, max_size=8))
def test_sql_says_what_the_domain_says(database: Database, cases: list[Case]) -> None:
    _store(database, cases)
    assert b"".join(stream_results(database, 1, COURSE)) == _results(cases)
    assert b"".join(stream_legacy(database, 1)) == _legacy(cases)


def test_one_row_byte_for_byte(database: Database) -> None:
    case = Case(
        exam_name="Mid\r\nterm",
        username="-ada",
        status=AttemptStatus.SECOND_REVIEW_REQUIRED,
        allowed_seconds=5_401,
        started_at=NOW,
        completed_at=NOW + timedelta(hours=1),
        review_label="Suspicious",
        suspicious_count=2,
        suspicious_comments='a "phone";=cmd()',
    )
    _store(database, [case])
    _, line = b"".join(stream_results(database, 1, COURSE)).split(b"Comments\r\n")
    assert line == (
        b'"\'=course,""v1""","Mid\r\nterm",\'-ada,ada@example.org,c1,91,false,'
        b"2026-11-22T09:30:59Z,2026-11-22T10:30:59Z,second_review_required,Suspicious,"
        b'2,"a ""phone"";=cmd()",0,\r\n'
    )


@pytest.mark.parametrize("course_pk", [2, 3])
def test_another_course_has_only_the_header(database: Database, course_pk: int) -> None:
    _store(database, [Case()])
    body = b"".join(stream_results(database, course_pk, "another"))
    assert body == (",".join(report.COLUMNS) + "\r\n").encode()


def test_pages_neither_lose_nor_repeat(database: Database) -> None:
    count = 2 * PAGE_ROWS + 1
    with database.engine.begin() as conn:
        _prepare(conn)
        conn.execute(
            attempts.insert(),
            [
                {"code": f"c{n}", "course_pk": 1, "exam_pk": 1, "person_pk": 1, "number": n,
                 "exam_type": "proctored", "status": "created", "live": False,
                 "created_at": NOW, "updated_at": NOW, "exam_name": "E", "username": f"u{n % 3}"}
                for n in range(1, count + 1)
            ],
        )  # fmt: skip
    text = b"".join(stream_results(database, 1, COURSE)).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    seen = [(row["username"], int(row["attempt_code"][1:])) for row in rows]
    assert len(seen) == count
    assert seen == sorted(set(seen))


def test_a_reader_that_stops_leaves_nothing_open(database: Database) -> None:
    _seeded(database, 3_000)
    for _ in range(20):  # more than the pool holds
        stream = stream_results(database, 1, COURSE_ID)
        next(stream)
        assert next(stream).count(b"\r\n") > 100
        stream.close()  # type: ignore[attr-defined]
    with database.read() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM attempts")).scalar() == 3_000


def test_memory_does_not_grow_with_the_rows(database: Database) -> None:
    _seeded(database, 20_000)
    gc.collect()
    tracemalloc.start()
    size = sum(map(len, stream_results(database, 1, COURSE_ID)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 4_000_000
    # The page of at most a million characters: as text, as rows of a slice, and encoded.
    assert peak < 12_000_000


def _seeded(database: Database, count: int) -> None:
    seed(database, Plan(attempts=count, stage="reviewed"))
