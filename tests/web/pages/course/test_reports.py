"""The page of reports: generate, follow, download."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from proctor_hub.domain.report import ReportStatus
from proctor_hub.storage import tables as t
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


def the_known(html: str) -> str:
    """What the page keeps of what it was told."""
    found = re.search(r'name="known" value="([^"]+)"', html)
    assert found, html
    return found[1]


def pending(visitor: Visitor, known: str) -> httpx.Response:
    """What htmx asks for every two seconds."""
    return visitor.get(f"{PATH}/pending?known={known}", **{"HX-Request": "true"})


def test_from_the_button_to_the_file(tom: Visitor, site: Site, jobs: WaitingJobs) -> None:
    page = tom.get(PATH)
    assert page.status_code == 200
    assert "Nothing is being generated." in page.text and "There is no report yet." in page.text
    assert "personal data" in page.text and "reviews, not scores" in page.text
    page = tom.post(PATH, kind="results")
    assert page.url.path.endswith("/reports") and "is being generated" in page.text
    assert 'hx-trigger="every 2s"' in page.text and "Waiting for its turn" in page.text
    known = the_known(page.text)
    same = pending(tom, known)
    assert same.status_code == 200 and 'id="available-reports"' not in same.text
    assert 'id="report-news"' not in same.text and the_known(same.text) == known
    jobs.run_all(site.hub)
    news = pending(tom, known)
    assert news.status_code == 286 and 'id="available-reports"' in news.text
    assert "A report is ready to download." in news.text
    assert tom.get(the_link(news.text)).text.count("\r\n") == 2
    page = tom.get(PATH)
    assert "hx-get" not in page.text
    assert "course-v1_Acme+Exams+2026_proctored_exam_results_report_2026-11-22" in page.text
    file = tom.get(the_link(page.text))
    assert file.headers["content-type"].startswith("text/csv") and "ann" in file.text


def test_progress_is_told_in_steps_and_once(tom: Visitor, site: Site) -> None:
    tom.get(PATH)
    known = the_known(tom.post(PATH, kind="results").text)
    for done, told in ((24, ""), (25, "25 % done"), (49, ""), (76, "75 % done"), (100, "100 %")):
        write(site, rows_total=100, rows_done=done)
        news = pending(tom, known)
        assert f"{done} of 100 attempts" in news.text
        assert ('id="report-news"' in news.text) == bool(told) and told in news.text
        # The list stays, with what has the focus in it; only its rows are new.
        assert 'id="pending-rows"' in news.text and 'id="pending-list"' not in news.text
        known = the_known(news.text)
    write(site, status=ReportStatus.FAILED)
    news = pending(tom, known)
    assert news.status_code == 286 and "A report could not be made." in news.text
    assert "A report is ready" not in news.text


def write(site: Site, **values: Any) -> None:
    """As the worker writes it down."""
    site.hub.database.write(lambda conn: conn.execute(t.reports.update().values(values)))


def test_whoever_is_signed_out_is_told_so_once(tom: Visitor, site: Site) -> None:
    tom.get(PATH)
    known = the_known(tom.post(PATH, kind="results").text)
    site.clock.move(hours=13)
    told = pending(tom, known)
    # 286: htmx asks no more.
    assert told.status_code == 286 and told.headers["hx-retarget"] == "this"
    assert "You are not signed in" in told.text


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
