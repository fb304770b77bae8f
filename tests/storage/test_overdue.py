"""Which attempts the clock's round finds, and that it walks no table to find them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus as S
from proctor_hub.services.hub import Hub
from proctor_hub.storage.overdue import overdue
from proctor_hub.storage.tables import attempts, courses, exams, people
from tests.plans import grown, watching
from tests.support import START, a_hub

BEFORE = START - timedelta(minutes=1)
LATER = START + timedelta(days=1)


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    with a_hub(database_url) as hub:
        yield hub


class Rows:
    """Courses, exams and attempts at will."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.count = 0

    def add(self, table: sa.Table, **values: Any) -> int:
        key = self.hub.database.write(
            lambda conn: conn.execute(table.insert(), values).inserted_primary_key
        )
        assert key is not None
        return int(key[0])

    def exam(self, *, due: datetime | None = None, ends: datetime | None = None) -> int:
        self.count += 1
        course = self.add(courses, course_id=f"c{self.count}", created_at=START, ends_at=ends)
        return self.add(
            exams, course_pk=course, content_id="x", name="Final", exam_type="proctored", rules={},
            time_limit_minutes=60, created_at=START, due_at=due,
        )  # fmt: skip

    def attempt(self, exam_pk: int, status: S, **more: Any) -> int:
        self.count += 1
        person = self.add(people, user_id=f"u{self.count}", created_at=START)
        return self.add(attempts, **self.values(exam_pk, person, status, **more))

    def values(self, exam_pk: int, person: int, status: S, **more: Any) -> dict[str, Any]:
        self.count += 1
        with self.hub.database.read() as conn:
            course = conn.scalar(sa.select(exams.c.course_pk).where(exams.c.id == exam_pk))
        return {
            "code": f"CODE{self.count}", "course_pk": course, "exam_pk": exam_pk,
            "person_pk": person, "exam_type": "proctored", "number": 1, "status": status,
            "created_at": START, "updated_at": START, **more,
        }  # fmt: skip

    def found(self) -> list[int]:
        with self.hub.database.read() as conn:
            return list(overdue(conn, self.hub.now()))


@pytest.fixture
def rows(hub: Hub) -> Rows:
    return Rows(hub)


@pytest.mark.parametrize(
    ("exam", "status", "own", "late"),
    [
        ({}, S.STARTED, {"deadline_at": BEFORE}, True),
        ({}, S.READY_TO_SUBMIT, {"deadline_at": START}, True),
        ({}, S.STARTED, {"deadline_at": LATER}, False),
        ({}, S.COMPLETED, {"deadline_at": BEFORE}, False),
        ({}, S.STARTED, {"deadline_at": BEFORE, "live": False}, False),
        ({"ends": BEFORE}, S.STARTED, {"deadline_at": LATER}, True),
        ({"ends": LATER}, S.STARTED, {"deadline_at": LATER}, False),
        ({"due": BEFORE}, S.STARTED, {"deadline_at": LATER}, False),
        ({"due": BEFORE}, S.CREATED, {}, True),
        ({"due": START}, S.ONBOARDING_PENDING, {}, True),
        ({"due": LATER}, S.CREATED, {}, False),
        ({"ends": BEFORE}, S.READY_TO_START, {}, True),
        ({"ends": BEFORE, "due": LATER}, S.READY_TO_START, {"due_at": LATER}, True),
        ({"due": BEFORE}, S.CREATED, {"due_at": LATER}, False),
        ({"due": LATER}, S.CREATED, {"due_at": BEFORE}, True),
        ({}, S.DOWNLOAD_SOFTWARE_CLICKED, {"due_at": START}, True),
        ({"due": BEFORE, "ends": BEFORE}, S.SUBMITTED, {"due_at": BEFORE}, False),
        ({"due": BEFORE}, S.CREATED, {"live": False}, False),
        ({}, S.CREATED, {}, False),
    ],
)
def test_what_is_late(
    rows: Rows, exam: dict[str, Any], status: S, own: dict[str, Any], late: bool
) -> None:
    pk = rows.attempt(rows.exam(**exam), status, **own)
    assert set(rows.found()) == ({pk} if late else set())


def test_every_late_one_is_found_however_many_pages(rows: Rows, hub: Hub) -> None:
    exam = rows.exam(due=BEFORE)
    other = rows.exam()

    def unit(conn: sa.Connection) -> None:
        users = [{"user_id": f"many{n}", "created_at": START} for n in range(450)]
        conn.execute(people.insert(), users)
        persons = conn.scalars(sa.select(people.c.id).order_by(people.c.id)).all()
        made = [rows.values(exam, person, S.CREATED) for person in persons]
        # All at the same moment: the id decides where a page ends.
        made += [rows.values(other, person, S.STARTED, deadline_at=BEFORE) for person in persons]
        for row in made:
            conn.execute(attempts.insert(), row)

    hub.database.write(unit)
    found = rows.found()
    assert len(found) == len(set(found)) == 900


def test_a_round_walks_no_attempts(rows: Rows, hub: Hub) -> None:
    done = rows.exam(due=BEFORE, ends=BEFORE)
    rows.attempt(rows.exam(due=BEFORE), S.CREATED)
    rows.attempt(rows.exam(), S.STARTED, deadline_at=BEFORE)
    template = rows.values(done, 0, S.VERIFIED)

    def unit(conn: sa.Connection) -> None:
        users = [{"user_id": f"many{n}", "created_at": START} for n in range(3000)]
        conn.execute(people.insert(), users)
        persons = conn.scalars(sa.select(people.c.id).order_by(people.c.id)).all()
        conn.execute(
            attempts.insert(),
            [{**template, "code": f"M{pk}", "person_pk": pk, "number": 7} for pk in persons],
        )

    hub.database.write(unit)
    grown(hub.database)
    with watching() as statements:
        assert len(rows.found()) == 2
    assert len(statements.touching("attempts")) >= 4
    for name in ("attempts", "other"):
        assert statements.walked(hub.database, name) == []
