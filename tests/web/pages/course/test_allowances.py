"""Allowances: the list, granting to many at once, taking back."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site

PATH = f"/courses/{COURSE}/allowances"


@pytest.fixture
def exam(site: Site) -> int:
    site.course()
    site.team("tom")
    for name in ("ann", "ben", "cleo"):
        site.person(name, course_id=COURSE)
    return site.exam()


@pytest.fixture
def tom(site: Site, exam: int) -> Visitor:
    visitor = Visitor(site)
    visitor.open("tom")
    visitor.get(PATH)
    return visitor


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def stored(site: Site) -> dict[str, tuple[object, object, str]]:
    items = site.ok("GET", f"{PATH}")["items"]
    return {
        one["user_id"]: (one["additional_minutes"], one["multiplier"], one["policy_exception"])
        for one in items
    }


def test_many_at_once_and_a_word_on_each(tom: Visitor, site: Site, exam: int) -> None:
    site.taken(exam, "cleo")
    names = "ann, BEN\nben;cleo\n ann nobody"
    page = tom.post(
        PATH, learners=names, exam=exam, minutes="20", multiplier="1,5", policy_exception="<b>Read"
    )
    said = plain(page.text)
    assert page.status_code == 200
    assert "3 names could not be served in full" in said
    assert "ann ✓ Midterm -" in said and "ben ✓ Midterm -" in said
    assert "BEN - is not a learner of this course" in said
    assert "nobody - is not a learner of this course" in said
    assert re.search(r"cleo - Midterm: .*before the start", said)
    assert stored(site) == {"ann": (20, 1.5, "<b>Read"), "ben": (20, 1.5, "<b>Read")}
    listed = tom.get(PATH)
    assert "&lt;b&gt;Read" in listed.text and "<b>Read" not in listed.text


def test_a_username_that_two_have_is_refused(tom: Visitor, site: Site, exam: int) -> None:
    body = {"username": "ann", "full_name": "Other Ann", "email": "other@x.test"}
    site.ok("PUT", "/people/ben", body=body)
    site.ok("PUT", "/people/cleo", body=body)
    page = tom.post(PATH, learners="ann", exam=exam, minutes="5")
    assert "Everybody has their allowance" in page.text
    site.ok("PUT", "/people/ann", body={**body, "username": "first"})
    site.ok("PUT", "/people/cleo", body={**body, "username": "twin"})
    site.ok("PUT", "/people/ben", body={**body, "username": "twin"})
    page = tom.post(PATH, learners="twin", exam=exam, minutes="5")
    assert "the name of several learners" in page.text
    assert stored(site) == {"ann": (5, None, "")}


@pytest.mark.parametrize(
    "fields",
    [
        {"learners": "ann", "minutes": "ten"},
        {"learners": "ann", "multiplier": "fast"},
        {"learners": "ann", "multiplier": "1"},
        {"learners": "ann", "minutes": "0"},
        {"learners": "ann"},
        {"learners": "", "minutes": "5"},
        {"learners": "ann", "minutes": "5", "exam": ""},
        {"learners": "ann", "minutes": "5", "exam": "999999"},
    ],
)
def test_what_makes_no_sense_grants_nothing(
    tom: Visitor, site: Site, exam: int, fields: dict[str, str]
) -> None:
    page = tom.post(PATH, **{"exam": str(exam), **fields})
    assert page.status_code in (409, 422) and stored(site) == {}


def test_taking_back(tom: Visitor, site: Site, exam: int) -> None:
    tom.post(PATH, learners="ann ben", exam=exam, minutes="5")
    listed = tom.get(PATH)
    link = re.search(r'href="([^"]+/remove\?[^"]*user_id=ann)"', listed.text)
    assert link
    asked = tom.get(unescape(link[1]))
    assert "ann will have no allowance in Midterm" in plain(asked.text)
    done = tom.post(f"{PATH}/remove", exam_id=exam, user_id="ann")
    assert "taken back" in done.text and set(stored(site)) == {"ben"}
    assert tom.post(f"{PATH}/remove", exam_id=exam, user_id="ann").status_code == 404
    site.taken(exam, "ben")
    assert tom.post(f"{PATH}/remove", exam_id=exam, user_id="ben").status_code == 409


def test_another_courses_exam_cannot_be_named(tom: Visitor, site: Site) -> None:
    site.course(OTHER_COURSE)
    site.person("dan", course_id=OTHER_COURSE)
    foreign = site.exam(OTHER_COURSE)
    assert tom.post(PATH, learners="ann", exam=foreign, minutes="5").status_code == 422
    assert tom.get(f"{PATH}/remove?exam_id={foreign}&user_id=dan").status_code == 404
    assert tom.post(f"{PATH}/remove", exam_id=foreign, user_id="dan").status_code == 404
