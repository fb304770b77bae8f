from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from proctor_hub.storage.report_files import ReportFiles
from tests.jobs.running import WaitingJobs
from tests.web.site import COURSE, Site, a_site

REPORTS = f"/courses/{COURSE}/reports"


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


def opened(site: Site, url: str, accept: str = "*/*", language: str = "en") -> httpx.Response:
    """What a browser gets: no token of anybody's."""
    assert isinstance(site.http, TestClient)
    headers = {"Accept": accept, "Accept-Language": language}
    return site.http.get(url.removeprefix(site.hub.public_url), headers=headers)


def test_from_the_request_to_the_file(site: Site, jobs: WaitingJobs) -> None:
    asked = site.call("POST", REPORTS, "tom", {"kind": "results"})
    assert asked.status_code == 202
    report = asked.json()
    assert (report["status"], report["rows_total"], report["size"]) == ("pending", None, None)
    assert "personal data" in report["personal_data_note"]
    assert "not scores" in report["scores_note"]
    pending = site.ok("GET", f"{REPORTS}?state=pending", "tom")["items"]
    assert [one["code"] for one in pending] == [report["code"]]
    assert site.ok("GET", f"{REPORTS}?state=available", "tom")["items"] == []
    refusal = site.call("POST", f"/reports/{report['code']}/link", "tom")
    assert (refusal.status_code, refusal.json()["type"]) == (409, "/problems/report_not_ready")
    jobs.run_all(site.hub)
    done = site.ok("GET", f"/reports/{report['code']}", "tom")
    assert (done["status"], done["rows_done"], done["rows_total"]) == ("ready", 1, 1)
    assert site.ok("GET", f"{REPORTS}?state=pending", "tom")["items"] == []
    (available,) = site.ok("GET", f"{REPORTS}?state=available", "tom")["items"]
    assert available == done
    link = site.ok("POST", f"/reports/{report['code']}/link", "tom")
    file = opened(site, link["url"])
    assert file.status_code == 200
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [row["username"] for row in rows] == ["ann"]
    headers = file.headers
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["content-disposition"] == (
        'attachment; filename="course-v1_Acme+Exams+2026_proctored_exam_results_report_'
        "2026-11-22-090000.csv\"; filename*=UTF-8''course-v1_Acme%2BExams%2B2026_proctored_exam_"
        "results_report_2026-11-22-090000.csv"
    )
    assert int(headers["content-length"]) == len(file.content) == done["size"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_request_is_made_once_per_key(site: Site) -> None:
    sent = {"Idempotency-Key": "k1"}
    first, again = (
        site.call("POST", REPORTS, "tom", {"kind": "legacy"}, headers=sent) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


def test_odd_requests(site: Site) -> None:
    for body in ({}, {"kind": "other"}, {"kind": "results", "to": "me"}):
        assert site.call("POST", REPORTS, "tom", body).status_code == 422
    assert site.call("GET", f"{REPORTS}?state=done", "tom").status_code == 422
    assert site.call("GET", "/reports/unknown", "tom").status_code == 404


def test_a_link_that_is_over_says_what_to_do(site: Site, jobs: WaitingJobs) -> None:
    code = site.ok("POST", REPORTS, "tom", {"kind": "results"})["code"]
    jobs.run_all(site.hub)
    url = site.ok("POST", f"/reports/{code}/link", "tom")["url"]
    site.clock.move(minutes=6)
    page = opened(site, url, "text/html,*/*")
    assert page.status_code == 410
    assert page.headers["content-type"].startswith("text/html")
    assert "take the new link" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store" and 'rel="stylesheet"' in page.text
    german = opened(site, url, "text/html", language="de")
    assert '<html lang="de">' in german.text and "nehmen Sie den neuen Link" in german.text
    problem = opened(site, url)
    assert problem.status_code == 410
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"] == "/problems/link_expired"
    for wrong in ("/reports/download", "/reports/download?token=<script>"):
        page = opened(site, wrong, "text/html")
        assert page.status_code == 403
        assert "<script>" not in page.text
