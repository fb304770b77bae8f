"""Through the door: an exam from the vendor's choice to the verdict and its revert."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

from proctor_hub import VendorUnavailable
from proctor_hub.storage import courses
from proctor_hub.storage.report import stream_results
from proctor_hub.testing.fake_vendor import reviewed_path
from tests.support import fake_vendor
from tests.web.site import COURSE, Site


def _prepare(site: Site) -> int:
    site.course()
    site.person("ann", course_id=COURSE)
    site.team("tom")
    return site.exam()


def test_from_creation_to_a_verdict_and_back(site: Site) -> None:
    exam = _prepare(site)
    created = site.attempt(exam, "ann")
    code = created["code"]
    assert created["status"] == "created"
    assert created["external_id"] is None, "the vendor's id is for staff"
    launch = site.ok("POST", f"/attempts/{code}/launch", "ann")
    assert launch["plan"]["kind"] == "redirect"
    site.ready(code)
    assert site.act(code, "start", "ann")["time_left"]["seconds"] == 1800
    active = site.ok("GET", "/people/ann/active-attempt")
    assert active["attempt"]["code"] == code
    site.clock.move(minutes=5)
    assert site.act(code, "submit", "ann")["result"] == "Pending"
    assert site.review(code, "suspicious", incidents=[{"text": "x", "status": "Suspicious"}])
    seen = site.ok("GET", f"/attempts/{code}", "tom")
    assert (seen["status"], seen["review"]["owner"]) == ("second_review_required", "course_team")
    queue = site.ok("GET", f"/second-reviews?owner=course_team&course_id={quote(COURSE)}", "tom")
    assert [item["code"] for item in queue["items"]] == [code]
    failed = site.ok(
        "POST", f"/attempts/{code}/decisions", "tom", {"decision": "fail", "reason": "a phone"}
    )
    assert failed["status"] == "rejected"
    assert site.ok("GET", f"/attempts/{code}", "ann")["result"] == "Unsatisfactory"
    site.ok("POST", f"/attempts/{code}/decisions", "tom", {"decision": "revert", "reason": "mine"})
    mine = site.ok("GET", f"/attempts/{code}", "ann")
    assert (mine["result"], mine["review"]) == ("Satisfactory", None)
    decisions = site.ok("GET", f"/attempts/{code}/decisions", "tom")["items"]
    assert [(one["kind"], one["replaces_id"] is not None) for one in decisions] == [
        ("fail", False),
        ("pass", True),
    ]
    history = site.ok("GET", f"/attempts/{code}/history", "tom")["items"]
    assert [line["to_status"] for line in history][-2:] == ["rejected", "verified"]
    reviews = site.ok("GET", f"/attempts/{code}/reviews", "tom")["items"]
    assert reviews[0]["incidents"][0]["status"] == "Suspicious"
    with site.hub.database.read() as conn:
        course = courses.by_course_id(conn, COURSE)
    assert course is not None
    report = b"".join(stream_results(site.hub.database, course.id, COURSE)).decode()
    rows = list(csv.DictReader(io.StringIO(report, newline="")))
    assert [(row["username"], row["review_status"]) for row in rows] == [("ann", "Rules Violation")]


def test_an_illegal_move_says_what_is_allowed(site: Site) -> None:
    exam = _prepare(site)
    code = site.attempt(exam, "ann")["code"]
    answer = site.call("POST", f"/attempts/{code}/actions", body={"action": "submit"})
    problem = answer.json()
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "/problems/illegal_move"
    assert (problem["from"], problem["to"]) == ("created", "completed")
    assert "ready_to_start" in problem["allowed"]


def test_a_vendor_that_is_down_costs_no_attempt(site: Site) -> None:
    exam = _prepare(site)
    fake_vendor(site.hub).fail_with = VendorUnavailable("acme does not answer")
    created = site.attempt(exam, "ann")
    assert created["status"] == "created"
    assert created["problem"]["retryable"] is True
    down = site.call("POST", f"/attempts/{created['code']}/launch", "ann")
    assert down.status_code == 503
    fake_vendor(site.hub).fail_with = None
    launched = site.ok("POST", f"/attempts/{created['code']}/launch", "ann")
    assert launched["plan"] is not None


def test_unknown_objects_are_named(site: Site) -> None:
    for path, kind in (
        ("/courses/nowhere", "course_not_found"),
        ("/exams/77", "exam_not_found"),
        ("/attempts/NOPE", "attempt_not_found"),
        ("/people/nobody/active-attempt", "learner_not_found"),
    ):
        answer = site.call("GET", path)
        assert answer.status_code == 404, path
        assert answer.json()["type"] == f"/problems/{kind}"


def test_a_vendors_call_reaches_its_own_attempts_only(site: Site) -> None:
    exam = _prepare(site)
    code = site.taken(exam, "ann")
    path = reviewed_path(site.external_id(code))
    body = b'{"status": "passed"}'
    assert site.callback(path, body, None).status_code == 401
    assert site.callback(path, body, "lms").status_code == 401
    assert site.callback(path, body, "ann").status_code == 401
    assert site.ok("GET", f"/attempts/{code}")["status"] == "submitted"
    assert site.callback(reviewed_path("unknown"), body).status_code == 404
    assert site.callback(path, b"nonsense").status_code == 422
    assert site.callback(path, body).status_code == 200
    assert site.ok("GET", f"/attempts/{code}")["status"] == "verified"
    kept = site.ok("GET", "/callbacks?quarantined=true", "operator")["items"]
    assert len(kept) == 3
    vouched = {"reason": "the vendor confirmed it by phone", "vendor": "acme"}
    done = site.ok("POST", f"/callbacks/{kept[0]['id']}/replay", "operator", vouched)
    assert done["status"] == 200
