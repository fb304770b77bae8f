"""Second-review queues and decisions, of support and of the course's team."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from proctor_hub.domain.words import ReviewOwner, Role
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

TEAM_QUEUE = f"/courses/{COURSE}/second-reviews"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """Suspicious reviews go to support; ann's and ben's do in the course, cleo's in another."""
    vendors: dict[str, dict[str, Any]] = {
        "acme": {"second_review_owner": ReviewOwner.SUPPORT},
        "teams": {},
    }
    with a_site(database_url, vendors=vendors) as site:
        site.course()
        site.course(OTHER_COURSE, title="Other")
        site.team("tom")
        site.staff("sue", Role.SUPPORT)
        yield site


def suspicious(site: Site, course: str, *learners: str) -> list[str]:
    exam = site.exam(course, content_id=f"of-{learners[0]}")
    codes = []
    for name in learners:
        site.person(name, course_id=course)
        codes.append(site.taken(exam, name))
        site.review(codes[-1], "suspicious")
    return codes


def visiting(site: Site, user_id: str) -> Visitor:
    visitor = Visitor(site)
    visitor.open(user_id)
    return visitor


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def version_on(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found, html
    return found[1]


def status_of(site: Site, code: str) -> str:
    return str(site.ok("GET", f"/attempts/{code}")["status"])


def names(html: str) -> list[str]:
    return re.findall(r'<tr><td><a href="/attempts/[0-9A-F]+">(\w+)</a>', html)


def decide(visitor: Visitor, code: str, word: str, reason: str, back: str = "support") -> Any:
    path = f"/attempts/{code}/decide?decision={word}&back={back}"
    asked = visitor.get(path)
    assert asked.status_code == 200, asked.text
    return visitor.post(path, version=version_on(asked.text), reason=reason)


def test_support_sees_all_courses_oldest_first_or_one(site: Site) -> None:
    suspicious(site, COURSE, "ann", "ben")
    suspicious(site, OTHER_COURSE, "cleo")
    sue = visiting(site, "sue")
    assert names(sue.get("/support").text) == ["ann", "ben", "cleo"]
    assert names(sue.get(f"/support?course_id={OTHER_COURSE.replace('+', '%2B')}").text) == ["cleo"]
    assert sue.get("/support?course_id=nowhere").status_code == 404


def test_support_fails_a_learner(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue = visiting(site, "sue")
    asked = sue.get(f"/attempts/{code}/decide?decision=fail&back=support")
    said = plain(asked.text)
    assert "grade for this exam becomes 0" in said and "credit requirement is failed" in said
    done = sue.post(
        f"/attempts/{code}/decide?decision=fail&back=support",
        version=version_on(asked.text),
        reason="A second person.",
    )
    assert done.url.path == "/support" and "Your decision is made" in done.text
    assert status_of(site, code) == "rejected" and names(done.text) == []


def test_a_reason_is_needed(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue = visiting(site, "sue")
    path = f"/attempts/{code}/decide?decision=pass"
    asked = sue.get(path)
    answer = sue.post(path, version=version_on(asked.text), reason="  ")
    assert answer.status_code == 422 and "Say why" in answer.text
    assert status_of(site, code) == "second_review_required"


def test_escalated_with_a_note_it_is_the_teams(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue, tom = visiting(site, "sue"), visiting(site, "tom")
    assert names(tom.get(TEAM_QUEUE).text) == []
    done = decide(sue, code, "escalate", "Who is <the> other?")
    assert "Your decision is made" in done.text and names(done.text) == []
    listed = tom.get(TEAM_QUEUE)
    assert names(listed.text) == ["ann"]
    assert "Support's note: Who is <the> other? Full sue" in plain(listed.text)
    assert "Escalate" not in listed.text
    done = decide(tom, code, "pass", "It was the cat.", back="queue")
    assert done.url.path.endswith("/second-reviews") and status_of(site, code) == "verified"


def test_a_revert_says_that_the_grade_is_restored(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue = visiting(site, "sue")
    decide(sue, code, "fail", "No.")
    assert "decision=revert" in sue.get(f"/attempts/{code}").text
    asked = sue.get(f"/attempts/{code}/decide?decision=revert")
    assert "original grade for this exam is restored" in plain(asked.text)
    decide(sue, code, "revert", "Looked again.")
    assert status_of(site, code) == "verified"


@pytest.mark.parametrize("word", ["fail", "escalate"])
def test_the_same_decision_twice_ends_in_the_notice(site: Site, word: str) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue = visiting(site, "sue")
    path = f"/attempts/{code}/decide?decision={word}&back=support"
    version = version_on(sue.get(path).text)
    for _ in range(2):
        done = sue.post(path, version=version, reason="No.")
        assert done.status_code == 200 and "Your decision is made" in done.text
    decisions = site.ok("GET", f"/attempts/{code}/decisions", "sue")["items"]
    assert [one["kind"] for one in decisions] == [word]


def test_a_revert_sent_twice_reverts_once(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue = visiting(site, "sue")
    decide(sue, code, "fail", "No.")
    path = f"/attempts/{code}/decide?decision=revert"
    version = version_on(sue.get(path).text)
    for _ in range(2):
        assert sue.post(path, version=version, reason="Yes.").status_code == 200
    assert status_of(site, code) == "verified"


def test_somebody_else_decided_meanwhile(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    site.staff("sam", Role.SUPPORT)
    sue, sam = visiting(site, "sue"), visiting(site, "sam")
    path = f"/attempts/{code}/decide?decision=fail&back=support"
    version = version_on(sue.get(path).text)
    decide(sam, code, "pass", "Only the cat.")
    answer = sue.post(path, version=version, reason="A second person.")
    said = plain(answer.text)
    assert answer.status_code == 409 and "Nothing was decided" in said
    assert "support sam" in said and "Only the cat." in said
    assert status_of(site, code) == "verified"
    assert sue.get(path).status_code == 409


def test_practice_exams_have_no_effects(site: Site) -> None:
    site.course(OTHER_COURSE, vendor="teams")
    site.team("tim", OTHER_COURSE)
    site.person("dan", course_id=OTHER_COURSE)
    exam = site.exam(OTHER_COURSE, exam_type="onboarding", content_id="on")
    code = str(site.attempt(exam, "dan")["code"])
    site.ok("POST", f"/attempts/{code}/actions", "lms", {"action": "fault"})
    assert status_of(site, code) == "error"
    tim = visiting(site, "tim")
    said = plain(tim.get(f"/attempts/{code}/decide?decision=fail").text)
    assert "no effect on grade or credit" in said and "becomes 0" not in said


def test_a_word_that_is_none(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue = visiting(site, "sue")
    asked = sue.get(f"/attempts/{code}/decide?decision=fail")
    version = version_on(asked.text)
    path = f"/attempts/{code}/decide?decision=pardon"
    assert sue.get(path).status_code == 409
    assert sue.post(path, version=version, reason="x").status_code == 404


def test_the_learner_and_the_operator_decide_nothing(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    site.staff("olga", Role.OPERATOR)
    version = version_on(visiting(site, "sue").get(f"/attempts/{code}/decide?decision=pass").text)
    for user_id in ("ann", "olga"):
        visitor = visiting(site, user_id)
        visitor.get("/")
        path = f"/attempts/{code}/decide?decision=pass"
        assert visitor.get(path).status_code in (403, 404)
        answer = visitor.post(path, version=version, reason="Mine.")
        assert answer.status_code in (403, 404)
        assert visitor.get("/support").status_code == 403
    assert status_of(site, code) == "second_review_required"


def test_who_has_claimed_it_decides_and_others_are_told(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    site.staff("sam", Role.SUPPORT)
    sue, sam = visiting(site, "sue"), visiting(site, "sam")
    asked = sam.get(f"/attempts/{code}/decide?decision=fail")
    sue.get("/support")
    claimed = sue.post(f"/attempts/{code}/claim?back=support")
    assert claimed.url.path == "/support" and "Release" in claimed.text
    listed = sam.get("/support")
    assert "Claimed Full sue" in plain(listed.text).replace("◔ ", "")
    assert "decide?decision" not in listed.text
    assert sam.post(f"/attempts/{code}/claim?back=support").status_code == 409
    answer = sam.post(
        f"/attempts/{code}/decide?decision=fail", version=version_on(asked.text), reason="No."
    )
    assert answer.status_code == 409 and "Full sue has claimed" in answer.text
    sue.get("/support")
    assert "Released" in sue.post(f"/attempts/{code}/release?back=support").text
    assert "Your decision is made" in decide(sam, code, "fail", "No.").text


def test_what_was_escalated_and_its_fate(site: Site) -> None:
    (code,) = suspicious(site, COURSE, "ann")
    sue, tom = visiting(site, "sue"), visiting(site, "tom")
    assert "Nothing was escalated yet" in sue.get("/support/escalated").text
    decide(sue, code, "escalate", "Unclear <to me>.")
    said = plain(sue.get("/support/escalated").text)
    assert "Unclear <to me>." in said and "has not decided yet" in said
    decide(tom, code, "fail", "It was a phone.", back="queue")
    said = plain(sue.get("/support/escalated").text)
    assert "Failed: It was a phone. Full tom" in said
    assert tom.get("/support/escalated").status_code == 403


def test_an_empty_queue_promises_no_more_than_it_does(site: Site) -> None:
    page = visiting(site, "tom").get(TEAM_QUEUE)
    assert "here as soon as you load the page again" in page.text
