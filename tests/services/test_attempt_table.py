"""The staff's table against the same rows filtered and sorted in Python; no query walks them."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ReviewStatus
from proctor_hub.services import attempt_table as table
from proctor_hub.services.attempt_table import Asked, TablePage
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.services.hub import Hub
from proctor_hub.storage import tables as t
from proctor_hub.storage.attempt_rows import ReviewWanted, TableSort
from tests.plans import grown, walked_in, watching
from tests.support import LMS, START, a_hub

S = AttemptStatus
Row = dict[str, Any]
ROWS = 90
ORDERS: dict[TableSort, Callable[[Row], Any]] = {
    TableSort.NEWEST: lambda row: -row["id"],
    TableSort.OLDEST: lambda row: row["id"],
    TableSort.USERNAME: lambda row: (row["username"].lower(), row["id"]),
    TableSort.EXAM: lambda row: (row["exam_name"], row["username"], row["number"], row["id"]),
}
ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"exam_pk": 1},
    {"exam_pk": 3, "archived": True},
    {"status": S.ERROR},
    {"status": S.VERIFIED, "archived": True},
    {"review": ReviewWanted.SUSPICIOUS},
    {"review": ReviewWanted.NONE, "archived": True},
    {"vendor": "acme"},
    {"username": "ADA"},
    {"email": "BOB@uni.example"},
    {"flagged": True},
    {"exam_pk": 1, "status": S.VERIFIED},
    {"exam_pk": 2, "review": ReviewWanted.PASSED, "status": S.VERIFIED},
    {"vendor": "other", "status": S.SUBMITTED},
    {"vendor": "acme", "username": "b", "archived": True},
    {"username": "cy", "review": ReviewWanted.NONE},
    {"status": S.DECLINED, "flagged": True},
)


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    """A course with a few hundred attempts of every kind, and one of another course."""
    with a_hub(database_url) as made:
        made.database.write(_fill)
        grown(made.database)
        yield made


def _fill(conn: sa.Connection) -> None:
    chance = random.Random(7)
    for pk, name in ((1, "course"), (2, "elsewhere")):
        conn.execute(t.courses.insert().values(id=pk, course_id=name, created_at=START))
    kinds = (("proctored", "acme"), ("timed", None), ("practice", "other"), ("proctored", "acme"))
    for pk, (kind, vendor) in enumerate(kinds, 1):
        conn.execute(
            t.exams.insert().values(
                id=pk, course_pk=2 if pk == 4 else 1, content_id=f"b{pk}", name=f"Exam {pk % 2}",
                exam_type=kind, time_limit_minutes=60, vendor=vendor, rules={}, created_at=START,
            )
        )  # fmt: skip
    names = ("ada", "Adam", "bob", "BEA", "=cy", "cyd", "ada2", "zoe")
    for pk, name in enumerate(names, 1):
        conn.execute(
            t.people.insert().values(
                id=pk, user_id=f"u{pk}", username=name, email=f"{name}@Uni.example",
                created_at=START,
            )
        )  # fmt: skip
    conn.execute(t.attempts.insert(), [_row(chance, n, kinds, names) for n in range(1, ROWS + 1)])


def _row(chance: random.Random, n: int, kinds: Any, names: Any) -> Row:
    exam, person = chance.randrange(1, 4), chance.randrange(1, len(names) + 1)
    if n == ROWS:
        exam = 4
    return {
        "id": n, "code": f"c{n}", "course_pk": 2 if exam == 4 else 1, "exam_pk": exam,
        "person_pk": person, "vendor": kinds[exam - 1][1], "exam_type": kinds[exam - 1][0],
        "number": n, "status": chance.choice((S.VERIFIED, S.SUBMITTED, S.ERROR, S.DECLINED)),
        # One live attempt of a learner and exam at most.
        "live": _LIVE.setdefault((exam, person), n) == n,
        "review_status": chance.choice((None, None, *ReviewStatus)),
        "flagged": chance.random() < 0.1, "exam_name": f"Exam {exam % 2}",
        "username": names[person - 1], "email": f"{names[person - 1]}@Uni.example",
        "created_at": START + timedelta(minutes=n), "updated_at": START,
    }  # fmt: skip


_LIVE: dict[tuple[int, int], int] = {}


def _expected(hub: Hub, asked: Asked) -> list[str]:
    with hub.database.read() as conn:
        stored = [dict(row._mapping) for row in conn.execute(t.attempts.select())]

    def passes(row: Row) -> bool:
        return (
            row["course_pk"] == 1
            and (asked.archived or row["live"])
            and asked.exam_pk in (None, row["exam_pk"])
            and asked.status in (None, row["status"])
            and (asked.review is None or asked.review == (row["review_status"] or "none"))
            and asked.vendor in ("", row["vendor"])
            and row["username"].lower().startswith(asked.username.lower())
            and asked.email.lower() in ("", row["email"].lower())
            and (row["flagged"] or not asked.flagged)
        )

    return [row["code"] for row in sorted(filter(passes, stored), key=ORDERS[asked.sort])]


def _codes(page: TablePage) -> list[str]:
    return [row.code for row in page.rows]


@pytest.mark.parametrize("tight", [False, True], ids=["sorted", "walked"])
@pytest.mark.parametrize("sort", list(TableSort))
def test_every_filter_in_every_order_forth_and_back(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, sort: TableSort, tight: bool
) -> None:
    if tight:
        # Nothing is few, and a page ends after fifteen looked at.
        monkeypatch.setattr(table, "FEW", -1)
        monkeypatch.setattr(table, "_STEPS", (6, 9))
    short = 0
    for given, archived in itertools.product(ASKED, (False, True)):
        asked = Asked(sort=sort, **{"archived": archived, **given})
        wanted = _expected(hub, asked)
        forth, page = list[str](), table.attempt_table(hub, LMS, "course", asked, limit=5)
        assert page.previous_cursor is None
        while True:
            forth += _codes(page)
            short += page.looked_up_to is not None
            if page.next_cursor is None:
                break
            page = table.attempt_table(hub, LMS, "course", asked, cursor=page.next_cursor, limit=5)
        assert forth == wanted, asked
        back = _codes(page)
        while page.previous_cursor is not None:
            page = table.attempt_table(
                hub, LMS, "course", asked, cursor=page.previous_cursor, limit=5
            )
            back = _codes(page) + back
        assert back == wanted, asked
        text = "".join(table.stream_csv(hub, LMS, "course", asked))
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [line["attempt_code"] for line in lines] == wanted
    assert bool(short) is tight


def test_what_nothing_can_pass_is_empty_and_never_another_courses(hub: Hub) -> None:
    nothing: tuple[dict[str, Any], ...] = (
        {"exam_pk": 4}, {"exam_pk": 2**70}, {"vendor": "nobody"}, {"email": "no@one"},
        {"username": "a\0"}, {"exam_pk": 1, "vendor": "other"},
    )  # fmt: skip
    for given in nothing:
        page = table.attempt_table(hub, LMS, "course", Asked(archived=True, **given))
        assert page == TablePage(rows=())
    with pytest.raises(NotFound):
        table.attempt_table(hub, LMS, "no such course", Asked())
    for cursor in (table.paging.encode(["next", ROWS]), table.paging.encode(["up", 1]), "x"):
        with pytest.raises(Invalid):
            table.attempt_table(hub, LMS, "course", Asked(), cursor=cursor)


def test_the_csv_neutralises_what_a_spreadsheet_would_execute(hub: Hub) -> None:
    asked = Asked(archived=True, username="=cy")
    lines = "".join(table.stream_csv(hub, LMS, "course", asked)).splitlines()
    assert lines[0] == ",".join(table.CSV_COLUMNS)
    assert len(lines) > 1
    assert all(",'=cy,'=cy@Uni.example," in line for line in lines[1:])


@pytest.mark.parametrize("sort", list(TableSort))
def test_no_query_walks_the_attempts(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, sort: TableSort
) -> None:
    monkeypatch.setattr(table, "FEW", -1)
    cursor = table.paging.encode(["next", 40])
    with watching() as statements:
        for given in ASKED:
            asked = Asked(sort=sort, **given)
            table.attempt_table(hub, LMS, "course", asked)
            table.attempt_table(hub, LMS, "course", asked, cursor=cursor)
    read = [
        plan
        for plan in statements.plans(hub.database, large=True)
        if "LIMIT" in plan and "FROM attempts" in plan
    ]
    assert len(read) >= 2 * len(ASKED)
    for plan in read:
        assert not walked_in(hub.database, plan) & {"attempts"}, plan
        assert "SCAN attempts" not in plan, plan
        # Nor along the primary key, which holds all courses' attempts.
        assert "using pk_attempts" not in plan or "few" in plan, plan
