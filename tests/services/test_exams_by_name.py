"""Exams of a course with thousands of them, found by a part of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import ExamType
from proctor_hub.services import allowances, bulk_allowances
from proctor_hub.services.allowances import Grant
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.services.exams import find_exams
from proctor_hub.storage import exams as store
from proctor_hub.storage import tables as t
from tests.plans import grown, walked_in, watching
from tests.services.attempts.world import COURSE, World, a_world

MANY = 2100


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Exams ``Quiz 0000`` to ``Quiz 2099``, every seventh retired."""
    with a_world(database_url) as world:
        first = world.exam(ExamType.TIMED)
        now = world.hub.now()
        rows = [
            {
                "course_pk": first.course_pk, "content_id": f"q{number}", "vendor": None,
                "name": f"Quiz {number:04}", "exam_type": "timed", "time_limit_minutes": 30,
                "rules": {}, "created_at": now, "version": 1,
                "retired_at": None if number % 7 else now,
            }
            for number in range(MANY)
        ]  # fmt: skip
        rows[-1]["name"] = "Größe und MAẞE"
        world.set_course("other")
        other = [
            {**row, "course_pk": first.course_pk + 1, "content_id": f"{row['content_id']}-{turn}"}
            for row in rows
            for turn in range(4)
        ]
        world.hub.database.write(lambda conn: conn.execute(t.exams.insert(), other) and None)
        world.hub.database.write(lambda conn: conn.execute(t.exams.insert(), rows) and None)
        yield world


def _names(world: World, name: str, *, retired: bool = False, limit: int = 50) -> list[str]:
    found, cursor = list[str](), None
    while True:
        page = find_exams(
            world.hub, world.prof, course_id=COURSE, name=name, retired=retired, cursor=cursor,
            limit=limit,
        )  # fmt: skip
        found += [exam.name for exam in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_by_a_part_of_the_name_in_any_case(world: World) -> None:
    assert _names(world, "uiz 012") == [f"Quiz {n:04}" for n in range(120, 130) if n % 7]
    assert _names(world, "uiz 012", retired=True) == [f"Quiz {n:04}" for n in range(120, 130)]
    assert _names(world, "QUIZ 0001") == ["Quiz 0001"]
    assert _names(world, "GRÖSSE UND MASSE") == ["Größe und MAẞE"]
    assert _names(world, "no such") == []


def test_every_page_and_nothing_twice(world: World) -> None:
    everything = _names(world, "quiz", retired=True)
    assert everything == [f"Quiz {n:04}" for n in range(MANY - 1)]


def test_a_page_reads_the_course_by_an_index_and_no_further_than_a_stretch(world: World) -> None:
    grown(world.hub.database)
    with watching() as statements:
        find_exams(world.hub, world.prof, course_id=COURSE, name="no such", cursor=None)
    plans = [one for one in statements.plans(world.hub.database, large=True) if "FROM exams" in one]
    assert len(plans) == 1
    assert not walked_in(world.hub.database, plans[0]) & {"exams"}, plans[0]
    assert "LIMIT" in plans[0]
    assert re.search(r"INDEX ix_exams_course \(course_pk=|Index Cond: \(+course_pk = ", plans[0]), (
        plans[0]
    )


def test_a_search_that_finds_nothing_in_its_stretch_goes_on(world: World) -> None:
    page = find_exams(world.hub, world.prof, course_id=COURSE, name="größe", retired=True)
    assert page.items == () and page.next_cursor is not None
    assert _names(world, "größe", retired=True) == ["Größe und MAẞE"]


def test_whose_course_it_is_not(world: World) -> None:
    with pytest.raises(NotFound):
        find_exams(world.hub, world.person("nobody"), course_id=COURSE, name="")


def test_exams_and_vendors_are_asked_for_by_index(world: World) -> None:
    def asked(conn: sa.Connection) -> None:
        store.vendors_of(conn, 1)
        store.of_keys(conn, [1, 2, 2**70, 0])
        store.kept(conn, 1, [1, 2, 2**70, 0])

    grown(world.hub.database)
    with watching() as statements:
        world.hub.database.write(asked)
    plans = [one for one in statements.plans(world.hub.database, large=True) if "FROM exams" in one]
    assert len(plans) == 3
    for plan in plans:
        assert not walked_in(world.hub.database, plan) & {"exams"}, plan


def test_a_grant_looks_at_its_own_exams_alone(world: World) -> None:
    world.learner("ann")
    one = find_exams(world.hub, world.prof, course_id=COURSE, name="Quiz 0001").items[0]
    gone = find_exams(
        world.hub, world.prof, course_id=COURSE, name="Quiz 0007", retired=True
    ).items[0]
    minutes = Allowance(additional_minutes=5)
    with watching() as statements:
        made = bulk_allowances.grant_each(
            world.hub, world.prof, course_id=COURSE, names=["ann"], exam_pks=[one.id],
            allowance=minutes,
        )  # fmt: skip
    assert made[0].granted == ("Quiz 0001",)
    (asked,) = [
        text for text in statements.touching("exams") if "SELECT" in text and " IN " in text
    ]
    assert "exams.id IN" in asked
    for wrong in (gone.id, 2**63, 2**63 - 1, 0):
        with pytest.raises(Invalid):
            allowances.grant_allowances(
                world.hub, world.prof, course_id=COURSE,
                grant=Grant(user_ids=["ann"], exam_pks=[wrong], allowance=minutes),
            )  # fmt: skip
