"""A learner's way through each type of exam, in a browser without scripts."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from proctor_hub.errors import VendorUnavailable
from tests.support import fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site


@pytest.fixture
def learner(site: Site) -> Visitor:
    """Ann, enrolled and signed in."""
    site.course(escalation_email="team@x.test")
    site.person("ann", course_id=COURSE)
    visitor = Visitor(site)
    visitor.open("ann")
    return visitor


def words(answer: httpx.Response) -> str:
    """What the page says."""
    assert answer.status_code == 200, answer.text
    main = answer.text[answer.text.index("<main") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def code_of(site: Site, exam: int, user_id: str = "ann") -> str:
    """The code of the learner's newest attempt."""
    found = site.ok("GET", f"/courses/{COURSE}/attempts?exam_id={exam}&user_id={user_id}")
    return str(found["items"][0]["code"])


def onboard(site: Site, user_id: str = "ann") -> None:
    """The learner has an approved onboarding."""
    exam = site.exam(content_id="block-onboarding", exam_type="onboarding")
    code = site.taken(exam, user_id)
    assert site.review(code).status_code == 200


def test_a_proctored_exam(site: Site, learner: Visitor) -> None:
    onboard(site)
    exam = site.exam(rules={"allow_notes": True})
    path = f"/learn/exams/{exam}"
    assert "Midterm" in words(learner.get("/learn"))
    entrance = words(learner.get(path))
    assert "Take it proctored now" in entrance and "30 minutes" in entrance
    assert "allow_notes: yes" in entrance or "Allow written notes: yes" in entrance
    setup = words(learner.post(path + "/begin"))
    assert "Open the proctoring software" in setup and "moves on by itself" in setup
    code = code_of(site, exam)
    site.ready(code)
    ready = words(learner.get(path))
    assert "Start the exam" in ready and "Do not close the proctoring software" in ready
    running = words(learner.post(path + "/start"))
    assert "30:00" in running and "End my exam" in running
    site.clock.move(minutes=10)
    assert "20:00" in words(learner.get(path))
    sure = words(learner.post(path + "/finish"))
    assert "Yes, submit my exam" in sure
    assert "End my exam" in words(learner.post(path + "/back"))
    learner.post(path + "/finish")
    over = words(learner.post(path + "/submit"))
    assert "Pending" in over and "team@x.test" in over
    site.review(code, "passed")
    assert "Satisfactory" in words(learner.get(path))
    assert "Satisfactory" in words(learner.get("/learn"))


def test_a_timed_exam(site: Site, learner: Visitor) -> None:
    exam = site.exam(exam_type="timed")
    path = f"/learn/exams/{exam}"
    assert "Go to the start" in words(learner.get(path))
    assert "Start the exam" in words(learner.post(path + "/begin"))
    assert "30:00" in words(learner.post(path + "/start"))
    learner.post(path + "/finish")
    over = words(learner.post(path + "/submit"))
    assert "You have submitted this timed exam" in over and "Pending" not in over


def test_practice_can_be_repeated(site: Site, learner: Visitor) -> None:
    exam = site.exam(exam_type="practice")
    path = f"/learn/exams/{exam}"
    assert "installed again for the real exam" in words(learner.get(path))
    for _ in range(2):
        page = learner.get(path)
        learner.post(path + ("/begin" if "Practise now" in page.text else "/retry"))
        site.ready(code_of(site, exam))
        learner.post(path + "/start")
        learner.post(path + "/finish")
        assert "Practise again" in words(learner.post(path + "/submit"))


def test_onboarding_is_asked_for_and_retried(site: Site, learner: Visitor) -> None:
    onboarding = site.exam(content_id="block-onboarding", exam_type="onboarding")
    exam = site.exam()
    entrance = learner.get(f"/learn/exams/{exam}")
    assert "You need an approved onboarding" in words(entrance)
    assert f'href="/learn/exams/{onboarding}"' in entrance.text
    path = f"/learn/exams/{onboarding}"
    learner.post(path + "/begin")
    code = code_of(site, onboarding)
    site.ready(code)
    learner.post(path + "/start")
    learner.post(path + "/finish")
    assert "Pending" in words(learner.post(path + "/submit"))
    assert "still being reviewed" in words(learner.get(f"/learn/exams/{exam}"))
    site.review(code, "suspicious")
    assert "Retry onboarding" in words(learner.get(path))
    assert "moves on by itself" in words(learner.post(path + "/retry"))
    assert code_of(site, onboarding) != code


def test_a_vendor_that_is_down(site: Site, learner: Visitor) -> None:
    exam = site.exam(exam_type="practice")
    path = f"/learn/exams/{exam}"
    fake_vendor(site.hub).fail_with = VendorUnavailable("down")
    assert "could not be reached" in words(learner.post(path + "/begin"))
    assert "still does not answer" in words(learner.post(path + "/prepare"))
    assert site.ok("GET", f"/attempts/{code_of(site, exam)}")["status"] == "created"
    fake_vendor(site.hub).fail_with = None
    site.clock.move(minutes=5)
    assert "moves on by itself" in words(learner.post(path + "/prepare"))


def test_without_proctoring(site: Site, learner: Visitor) -> None:
    exam, other = site.exam(), site.exam(content_id="block-2", name="Final")
    path = f"/learn/exams/{exam}"
    assert "without proctoring" not in words(learner.get(path))
    site.course(allow_opt_out=True)
    assert "Take it without proctoring" in words(learner.get(path))
    assert "does not count for credit" in words(learner.get(path + "/without-proctoring"))
    assert "You chose to take this exam without proctoring" in words(
        learner.post(path + "/without-proctoring")
    )
    assert "You chose" in words(learner.get(f"/learn/exams/{other}"))


def test_nobody_elses(site: Site, learner: Visitor) -> None:
    site.course("course-v1:Acme+Secret+2026")
    hidden = site.exam("course-v1:Acme+Secret+2026")
    for path in ("", "/clock", "/waiting", "/without-proctoring"):
        assert learner.get(f"/learn/exams/{hidden}{path}").status_code == 404
    for word in ("begin", "prepare", "download", "start", "submit", "without-proctoring", "retry"):
        assert learner.post(f"/learn/exams/{hidden}/{word}").status_code == 404
    assert learner.get("/learn/exams/999999").status_code == 404
    assert learner.get("/learn/exams/99999999999999999999").status_code == 404
