"""The page of reports: generate, follow, download."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from proctor_hub.storage.report_files import ReportFiles
from tests.jobs.running import WaitingJobs
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

PATH = f"/courses/{COURSE}/reports"


@pytest.fixture
def jobs() -> WaitingJobs:
    return WaitingJobs()


@pytest.fixture
def site(database_url: str, tmp_path: Path, jobs: WaitingJobs) -> Iterator[Site]:
    parts = {"jobs": jobs, "report_files": ReportFiles(str(tmp_path / "reports"))}
    with a_site(database_url, parts=parts) as site:
        site.course()
        site.person("ann", course_id=COURSE)
        site.team("tom")
        site.taken(site.exam(), "ann")
        yield site


@pytest.fixture
def tom(site: Site) -> Visitor:
    visitor = Visitor(site)
    visitor.open("tom")
    return visitor


def the_link(html: str) -> str:
    found = re.search(r'href="([^"]*/reports/download\?token=[^"]+)"', html)
    assert found, html
    return unescape(found[1]).removeprefix("https://hub.example")


def test_from_the_button_to_the_file(tom: Visitor, site: Site, jobs: WaitingJobs) -> None:
    page = tom.get(PATH)
    assert page.status_code == 200
    assert "Nothing is being generated." in page.text and "There is no report yet." in page.text
    assert "personal data" in page.text and "reviews, not scores" in page.text
    page = tom.post(PATH, kind="results")
    assert page.url.path.endswith("/reports") and "is being generated" in page.text
    assert 'hx-trigger="every 2s"' in page.text and "Waiting for its turn" in page.text
    known = re.search(r'name="known" value="(\w+)"', page.text)
    assert known
    same = tom.get(f"{PATH}/pending?known={known[1]}", **{"HX-Request": "true"})
    assert same.status_code == 200 and "hx-swap-oob" not in same.text
    jobs.run_all(site.hub)
    news = tom.get(f"{PATH}/pending?known={known[1]}", **{"HX-Request": "true"})
    assert news.status_code == 286 and "hx-swap-oob" in news.text
    assert tom.get(the_link(news.text)).text.count("\r\n") == 2
    page = tom.get(PATH)
    assert "hx-get" not in page.text
    assert "course-v1_Acme+Exams+2026_proctored_exam_results_report_2026-11-22" in page.text
    file = tom.get(the_link(page.text))
    assert file.headers["content-type"].startswith("text/csv") and "ann" in file.text


def test_a_link_holds_five_minutes_and_a_refresh_makes_a_new_one(
    tom: Visitor, site: Site, jobs: WaitingJobs
) -> None:
    tom.get(PATH)
    tom.post(PATH, kind="legacy")
    jobs.run_all(site.hub)
    link = the_link(tom.get(PATH).text)
    site.clock.move(seconds=301)
    assert tom.get(link).status_code == 410
    assert tom.get(the_link(tom.get(PATH).text)).status_code == 200


def test_newest_first_ten_to_a_page(tom: Visitor, site: Site, jobs: WaitingJobs) -> None:
    tom.get(PATH)
    for _ in range(11):
        tom.post(PATH, kind="results")
        jobs.run_all(site.hub)
        site.clock.move(minutes=1)
    page = tom.get(PATH)
    names = re.findall(r"report_2026-11-22-(\d+)\.csv", page.text)
    assert len(names) == 10 and names == sorted(names, reverse=True)
    onward = re.search(r'href="([^"]+cursor=[^"]+)"', page.text)
    assert onward
    last = tom.get(unescape(onward[1]))
    assert re.findall(r"report_2026-11-22-(\d+)\.csv", last.text) == ["090000"]


def test_a_report_that_is_none_is_refused(tom: Visitor) -> None:
    tom.get(PATH)
    assert tom.post(PATH, kind="scores").status_code == 422


def test_where_reports_have_no_place_the_page_says_so(embedded_site: Site) -> None:
    embedded_site.course()
    embedded_site.team("tom")
    visitor = Visitor(embedded_site)
    visitor.open("tom")
    page = visitor.get(PATH)
    assert "no place to keep reports" in page.text and 'value="results"' not in page.text
    assert visitor.post(PATH, kind="results").status_code == 409


def test_another_courses_reports_are_not_shown(tom: Visitor, site: Site) -> None:
    site.course(OTHER_COURSE)
    assert tom.get(f"/courses/{OTHER_COURSE}/reports").status_code == 404
