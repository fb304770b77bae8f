"""What happens in and around an exam besides the straight way: lapses, tabs, the clock, others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from proctor_hub.web.application import application
from proctor_hub.web.context import WebSettings
from tests.support import fake_vendor
from tests.web.pages.learner.test_journeys import code_of, onboard, words
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site


@pytest.fixture
def learner(embedded_site: Site) -> Visitor:
    """Ann, enrolled and signed in."""
    embedded_site.course()
    embedded_site.person("ann", course_id=COURSE)
    visitor = Visitor(embedded_site)
    visitor.open("ann")
    return visitor


def running(learner: Visitor, **exam: object) -> str:
    """The path of a timed exam that Ann has started."""
    pk = learner.site.exam(exam_type="timed", **exam)
    path = f"/learn/exams/{pk}"
    learner.get(path)
    learner.post(path + "/begin")
    assert "30:00" in words(learner.post(path + "/start"))
    return path


def test_a_lapsed_readiness_is_explained(learner: Visitor) -> None:
    site = learner.site
    exam = site.exam(exam_type="practice")
    path = f"/learn/exams/{exam}"
    learner.get(path)
    learner.post(path + "/begin")
    site.ready(code_of(site, exam))
    assert "Start the exam" in words(learner.get(path))
    site.clock.move(minutes=31)
    # The page was loaded before that: starting is refused and the page says why.
    assert "not ready any more" in words(learner.post(path + "/start"))
    site.ready(code_of(site, exam))
    assert "30:00" in words(learner.post(path + "/start"))


def test_the_waiting_page_moves_on_when_the_vendor_says_ready(learner: Visitor) -> None:
    site = learner.site
    exam = site.exam(exam_type="practice")
    path = f"/learn/exams/{exam}"
    learner.get(path)
    text = learner.post(path + "/begin").text
    asks = text.split('hx-get="')[1].split('"')[0]
    told = len(fake_vendor(site.hub).told)
    still = learner.get(asks)
    assert still.status_code == 204 and "hx-refresh" not in still.headers
    site.ready(code_of(site, exam))
    assert learner.get(asks).headers["hx-refresh"] == "true"
    assert len(fake_vendor(site.hub).told) == told


def test_the_clock_at_zero(learner: Visitor) -> None:
    path = running(learner)
    learner.site.clock.move(minutes=29, seconds=59)
    told = learner.get(path + "/clock").json()
    assert told.pop("form_token") == learner.form_token
    assert told == {
        "running": True,
        "status": "started",
        "seconds_left": 1,
        "low": 360,
        "critical": 90,
    }
    learner.site.clock.move(seconds=1)
    told = learner.get(path + "/clock").json()
    assert told == {"running": False, "status": "submitted", "seconds_left": 0}
    assert "Your time ran out" in words(learner.get(path))


def test_a_second_tab_sees_how_things_stand(learner: Visitor) -> None:
    path = running(learner)
    assert "stands elsewhere" in words(learner.post(path + "/back"))
    learner.post(path + "/finish")
    assert "Submit the exam?" in words(learner.post(path + "/finish"))
    learner.post(path + "/submit")
    again = words(learner.post(path + "/submit"))
    assert "stands elsewhere" in again and "You have submitted this timed exam" in again


def test_one_exam_at_a_time(learner: Visitor) -> None:
    first = running(learner)
    other = learner.site.exam(content_id="block-2", exam_type="timed", name="Final")
    path = f"/learn/exams/{other}"
    learner.get(path)
    learner.post(path + "/begin")
    refused = learner.post(path + "/start")
    assert "Your time in another exam runs: Midterm" in words(refused)
    assert f'href="{first}"' in refused.text


def test_accommodations_and_a_near_due_date_are_shown(learner: Visitor) -> None:
    site = learner.site
    due = (site.hub.now() + timedelta(minutes=40)).isoformat()
    exam = site.exam(exam_type="timed", due_at=due)
    site.ok(
        "POST",
        f"/courses/{COURSE}/allowances",
        body={
            "exam_ids": [exam],
            "user_ids": ["ann"],
            "additional_minutes": 15,
            "policy_exception": "May use a screen reader",
        },
    )
    said = words(learner.get(f"/learn/exams/{exam}"))
    assert "45 minutes" in said and "15 minutes more" in said
    assert "May use a screen reader" in said
    assert "If you start now, you have 40 minutes only: then it is due." in said
    site.clock.move(minutes=40)
    assert "was due and can no longer be begun" in words(learner.get(f"/learn/exams/{exam}"))


def test_another_track(learner: Visitor) -> None:
    site = learner.site
    site.ok("PUT", f"/courses/{COURSE}/enrolments/ann", body={"track": "audit"})
    exam = site.exam()
    assert "verified track" in words(learner.get(f"/learn/exams/{exam}"))
    learner.post(f"/learn/exams/{exam}/begin")
    assert site.ok("GET", f"/courses/{COURSE}/attempts")["items"] == []


def test_the_questions_are_framed_while_the_clock_runs(learner: Visitor) -> None:
    path = running(learner)
    assert "Go back to your course to answer" in words(learner.get(path))
    url = "https://lms.example/q?course={course_id}&content={content_id}"
    cookies = dict(learner.http.cookies)
    app = application(learner.site.hub, web=WebSettings(content_url=url))
    framing = TestClient(app, base_url=learner.site.hub.public_url, cookies=cookies)
    page = framing.get(path)
    assert 'src="https://lms.example/q?course=course-v1%3AAcme' in page.text
    assert "frame-src https://lms.example;" in page.headers["content-security-policy"]
    learner.post(path + "/finish")
    assert "<iframe" not in framing.get(path).text


def test_an_attempt_of_others_is_theirs(learner: Visitor) -> None:
    site = learner.site
    onboard(site)
    site.person("bob", course_id=COURSE)
    exam = site.exam()
    code = site.attempt(exam, "bob")["code"]
    page = learner.get(f"/learn/exams/{exam}")
    assert code not in page.text and "Take it proctored now" in words(page)
