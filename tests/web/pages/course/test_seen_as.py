"""The course as a learner sees it: read-only, on record, nothing of other courses."""

from __future__ import annotations

import pytest

from proctor_hub.domain.words import Role
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site

PATH = f"/courses/{COURSE}/as"


@pytest.fixture
def exam(site: Site) -> int:
    site.course()
    site.course(OTHER_COURSE, title="Secret studies")
    site.team("tom")
    site.person("ann", course_id=COURSE)
    return site.exam()


@pytest.fixture
def tom(site: Site, exam: int) -> Visitor:
    visitor = Visitor(site)
    visitor.open("tom")
    return visitor


def test_the_list_and_an_exam(tom: Visitor, site: Site, exam: int) -> None:
    code = site.taken(exam, "ann")
    site.review(code, "passed")
    listed = tom.post(PATH, learner="ann")
    assert listed.url.path.endswith("/as/ann")
    assert "Midterm" in listed.text and "Satisfactory" in listed.text
    page = tom.get(f"{PATH}/ann/exams/{exam}")
    assert page.status_code == 200 and "Satisfactory" in page.text
    assert "Nothing can be done here" in page.text
    assert 'action="/learn' not in page.text and code not in page.text
    assert site.external_id(code) not in page.text


@pytest.mark.parametrize("stage", ["none", "created", "ready", "started"])
def test_no_stage_offers_anything_to_do(tom: Visitor, site: Site, exam: int, stage: str) -> None:
    if stage != "none":
        code = str(site.attempt(exam, "ann")["code"])
        if stage != "created":
            site.ready(code)
        if stage == "started":
            site.act(code, "start")
    page = tom.get(f"{PATH}/ann/exams/{exam}")
    assert page.status_code == 200
    forms = page.text.count("<form") - page.text.count('action="/sign-out"')
    assert forms == page.text.count('action="/language"'), page.text


def test_that_somebody_looked_is_on_record(tom: Visitor, site: Site) -> None:
    tom.get(f"{PATH}/ann")
    lines = site.ok("GET", f"/audit?course_id={COURSE.replace('+', '%2B')}", "operator")["items"]
    assert (lines[0]["action"], lines[0]["subject"]) == ("learner.seen_as", "ann")


def test_nothing_of_other_courses(tom: Visitor, site: Site, exam: int) -> None:
    site.person("ann", course_id=OTHER_COURSE)
    other = site.exam(OTHER_COURSE, name="Hidden exam")
    code = str(site.attempt(other, "ann")["code"])
    site.ready(code)
    site.act(code, "start")
    for page in (tom.get(f"{PATH}/ann"), tom.get(f"{PATH}/ann/exams/{exam}")):
        assert page.status_code == 200
        assert "Hidden exam" not in page.text and "Secret studies" not in page.text
    assert tom.get(f"{PATH}/ann/exams/{other}").status_code == 404
    assert tom.get(f"/courses/{OTHER_COURSE}/as/ann").status_code == 404


def test_who_is_no_learner_here(tom: Visitor, site: Site) -> None:
    site.person("zoe")
    for user_id in ("zoe", "nobody", "tom"):
        assert tom.get(f"{PATH}/{user_id}").status_code == 404


@pytest.mark.parametrize("name", ["ann", "Ann.L", "ANN@x.test", " ann "])
def test_by_any_name_they_go_by(tom: Visitor, site: Site, name: str) -> None:
    names = {"username": "Ann.L", "full_name": "Ann", "email": "ann@x.test"}
    site.ok("PUT", "/people/ann", body=names)
    listed = tom.post(PATH, learner=name)
    assert listed.status_code == 200
    assert listed.url.path.endswith("/as/ann")


def test_a_name_that_nobody_or_several_have(tom: Visitor, site: Site) -> None:
    site.person("zoe")
    asked = tom.post(PATH, learner="zoe@x.test")
    assert asked.status_code == 404
    assert "No learner of this course has this" in asked.text
    assert 'value="zoe@x.test"' in asked.text
    for user_id in ("eve", "eva"):
        site.person(user_id, course_id=COURSE)
        site.ok("PUT", f"/people/{user_id}", body={"username": user_id, "email": "e@x.test"})
    asked = tom.post(PATH, learner="e@x.test")
    assert asked.status_code == 409
    assert "use the user id" in asked.text


def test_support_does_not_look_as_learners(site: Site, exam: int) -> None:
    site.staff("sue", Role.SUPPORT)
    sue = Visitor(site)
    sue.open("sue")
    assert sue.get(f"{PATH}/ann").status_code == 403
    assert sue.get(f"{PATH}/ann/exams/{exam}").status_code == 403
