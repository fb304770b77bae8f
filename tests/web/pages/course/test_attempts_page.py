"""The table of a course's attempts."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from proctor_hub.domain.words import Role
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site

PATH = f"/courses/{COURSE}/attempts"


@pytest.fixture
def filled(site: Site) -> Site:
    """Three learners' attempts, one of them submitted."""
    site.course()
    site.course(OTHER_COURSE)
    exam = site.exam()
    for name in ("ann", "bob", "cleo"):
        site.person(name, course_id=COURSE)
    site.team("tom")
    site.team("tim", OTHER_COURSE)
    site.staff("sue", Role.SUPPORT)
    site.taken(exam, "ann")
    site.attempt(exam, "bob")
    site.attempt(exam, "cleo")
    return site


def test_the_table_is_the_staffs(filled: Site) -> None:
    for who in ("tom", "sue"):
        answer = Visitor(filled).open(who, "attempts", course_id=COURSE)
        assert answer.status_code == 200
        assert all(name in answer.text for name in ("ann", "bob", "cleo"))
    for who in ("tim", "bob"):
        answer = Visitor(filled).open(who, "attempts", course_id=COURSE)
        assert answer.status_code in (403, 404)
        assert "cleo" not in answer.text


def test_the_courses_first_page_has_its_exams(filled: Site) -> None:
    answer = Visitor(filled).open("tom", "course", course_id=COURSE)
    assert answer.status_code == 200
    assert "Midterm" in answer.text


def test_it_is_filtered_and_the_filter_stays(filled: Site) -> None:
    visitor = Visitor(filled)
    visitor.open("tom", "attempts", course_id=COURSE)
    answer = visitor.post(
        f"{PATH}/find", status="submitted", username="AN", exam="", sort="username"
    )
    seen = answer.text
    assert ">ann</a>" in seen
    assert ">bob</a>" not in seen
    assert 'value="submitted" selected' in seen
    assert 'value="AN"' in seen and 'value="username" selected' in seen
    asked = parse_qs(urlsplit(str(answer.url)).query)
    assert set(asked) == {"status", "sort", "f"} and len(asked["f"][0]) > 40
    nothing = visitor.get(f"{PATH}?status=error").text
    assert "None that you asked for" in nothing


@pytest.mark.parametrize(
    ("query", "status"),
    [("sort=colour", 422), ("cursor=nonsense", 422), ("exam=0", 200), ("status=%00", 200)],
)
def test_what_makes_no_sense_is_refused_or_passed_over(
    filled: Site, query: str, status: int
) -> None:
    visitor = Visitor(filled)
    visitor.open("tom", "attempts", course_id=COURSE)
    assert visitor.get(f"{PATH}?{query}").status_code == status


def test_the_csv_has_what_the_filter_shows(filled: Site) -> None:
    visitor = Visitor(filled)
    visitor.open("tom", "attempts", course_id=COURSE)
    table = visitor.post(f"{PATH}/find", username="b").text
    answer = visitor.get(unescape(re.findall(r'href="([^"]+csv[^"]*)"', table)[0]))
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["username"] for row in rows] == ["bob"]
    refused = Visitor(filled)
    refused.open("bob", "home")
    assert refused.get(f"{PATH}.csv").status_code in (403, 404)


def test_pages_go_both_ways(filled: Site) -> None:
    exam = filled.exam(content_id="block-2", name="Final", exam_type="timed")
    for number in range(filled.hub.limits.page_size):
        name = f"learner-{number:03}"
        filled.person(name, course_id=COURSE)
        filled.attempt(exam, name)
    visitor = Visitor(filled)
    first = visitor.open("tom", "attempts", course_id=COURSE).text
    onwards = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(onwards).text
    assert ">ann</a>" in second
    assert ">ann</a>" not in first
    back = second.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert ">learner-049</a>" in visitor.get(back).text
