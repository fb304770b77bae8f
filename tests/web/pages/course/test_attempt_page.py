"""The page of one attempt, for each who may come upon it."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest

from proctor_hub.domain.incidents import Incident
from proctor_hub.domain.words import Role
from proctor_hub.services.reviews import VIDEO
from proctor_hub.storage.tables import reviews
from proctor_hub.web.pages.course.incidents import WIDTH, axis
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site

EVIL = "<script>alert(1)</script>"


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def reviewed(site: Site) -> Site:
    """An attempt with a suspicious review, and staff of all kinds."""
    site.course()
    site.course(OTHER_COURSE)
    site.person("ann", course_id=COURSE)
    site.team("tom")
    site.team("tim", OTHER_COURSE)
    site.staff("sue", Role.SUPPORT)
    site.staff("oli", Role.OPERATOR)
    site.code = site.taken(site.exam(), "ann")
    incident = {"text": EVIL, "status": "suspicious", "start": 10, "stop": 40, "duration": 30}
    answer = site.review(site.code, "suspicious", incidents=[incident])
    assert answer.status_code == 200
    return site


def test_staff_sees_what_happened_and_what_the_vendor_found(reviewed: Site) -> None:
    for who in ("tom", "sue"):
        answer = Visitor(reviewed).open(who, "attempt", attempt_code=reviewed.code)
        assert answer.status_code == 200, answer.text
        for seen in ("Second review required", "Revision 1", "Suspicious", "What happened"):
            assert seen in answer.text
        assert EVIL not in answer.text
        assert "&lt;script&gt;" in answer.text


def test_why_it_moved_what_was_granted_and_who_was_told(reviewed: Site) -> None:
    exam = reviewed.exam(content_id="block-2", name="Final")
    granted = {
        "user_ids": ["ann"], "exam_ids": [exam],
        "additional_minutes": 15, "multiplier": 1.5, "policy_exception": "may read aloud",
    }  # fmt: skip
    reviewed.ok("POST", f"/courses/{COURSE}/allowances", "tom", granted)
    code = reviewed.taken(exam, "ann")
    visitor = Visitor(reviewed)
    text = plain(visitor.open("tom", "attempt", attempt_code=code).text)
    for said in (
        "15 more minutes time \N{MULTIPLICATION SIGN} 1.5",
        "Exception for the reviewers may read aloud",
        "granted by tom,",
        "Ready to start the vendor said so",
        "Learning platform Started",
        "Learning platform Submitted ◔ On its way",
    ):
        assert said in text, said
    reviewed.review(code, "suspicious")
    text = plain(visitor.get(f"/attempts/{code}").text)
    assert "the vendor found it suspicious: a person looks again" in text
    assert "second_review" not in text


def test_the_page_leads_to_the_course_as_its_learner_sees_it(reviewed: Site) -> None:
    tom, sue = Visitor(reviewed), Visitor(reviewed)
    page = tom.open("tom", "attempt", attempt_code=reviewed.code).text
    found = re.search(r'href="([^"]+)">View as the learner<', page)
    assert found is not None
    assert tom.get(found[1]).status_code == 200
    page = sue.open("sue", "attempt", attempt_code=reviewed.code).text
    assert "View as the learner" not in page


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.test/x", "data:text/html,x"])
def test_a_video_is_linked_only_where_its_address_is_one_of_the_web(
    reviewed: Site, address: str
) -> None:
    visitor = Visitor(reviewed)
    for given, shown in ((address, False), ("https://video.test/1", True)):
        sealed = reviewed.hub.keyring.encrypt(given.encode(), context=VIDEO)
        told = reviews.update().values(video_url=sealed)
        reviewed.hub.database.write(lambda conn, told=told: conn.execute(told))
        page = visitor.open("tom", "attempt", attempt_code=reviewed.code).text
        assert (f'href="{given}" target="_blank"' in page) is shown
        assert (given in page) is shown


@pytest.mark.parametrize("who", ["ann", "tim", "oli"])
def test_nobody_else_sees_it(reviewed: Site, who: str) -> None:
    answer = Visitor(reviewed).open(who, "attempt", attempt_code=reviewed.code)
    assert answer.status_code in (403, 404)
    assert "Revision 1" not in answer.text


def test_a_sign_in_for_another_course_does_not_see_it(reviewed: Site) -> None:
    visitor = Visitor(reviewed)
    answer = visitor.open("tom", "attempt", attempt_code=reviewed.code, course_id=OTHER_COURSE)
    assert answer.status_code == 404


def test_a_reset_asks_why_and_goes_on_to_the_new_attempt(reviewed: Site) -> None:
    visitor = Visitor(reviewed)
    visitor.open("tom", "attempt", attempt_code=reviewed.code)
    asked = visitor.get(f"/attempts/{reviewed.code}/reset")
    assert "What follows" in asked.text
    version = _version(asked.text)
    done = visitor.post(
        f"/attempts/{reviewed.code}/reset", version=version, reason="the power failed"
    )
    assert "this is the new attempt" in done.text
    old = visitor.get(f"/attempts/{reviewed.code}")
    assert ">archived<" in old.text and "the power failed" in old.text
    again = visitor.post(f"/attempts/{reviewed.code}/reset", version=version, reason="twice")
    assert again.status_code == 409


def _version(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found is not None
    return found[1]


def test_a_reset_of_what_has_changed_since_is_asked_for_anew(reviewed: Site) -> None:
    visitor = Visitor(reviewed)
    visitor.open("tom", "attempt", attempt_code=reviewed.code)
    path = f"/attempts/{reviewed.code}/reset"
    asked = visitor.get(path)
    reviewed.review(reviewed.code, "passed")
    for version in (_version(asked.text), "", "none"):
        refused = visitor.post(path, version=version, reason="too <loud>")
        assert refused.status_code == 409
        assert "has changed since you looked at it; nothing was done" in refused.text
        assert "Verified" in refused.text and ">too &lt;loud&gt;</textarea>" in refused.text
        assert ">archived<" not in visitor.get(f"/attempts/{reviewed.code}").text
    done = visitor.post(path, version=_version(refused.text), reason="too loud")
    assert "this is the new attempt" in done.text


@pytest.mark.parametrize(
    ("due_at", "status", "said"),
    [
        ("1 Dec <2026>", 422, "“1 Dec &lt;2026&gt;” is no date and time"),
        ("2001-12-01T18:00", 409, "later than now"),
        ("2001-12-01T18:00", 409, 'title="2001-12-01 18:00 UTC">'),
    ],
)
def test_a_due_date_that_is_refused_is_named_and_kept(
    reviewed: Site, due_at: str, status: int, said: str
) -> None:
    visitor = Visitor(reviewed)
    visitor.open("tom", "attempt", attempt_code=reviewed.code)
    path = f"/attempts/{reviewed.code}/reset"
    version = _version(visitor.get(path).text)
    answer = visitor.post(path, version=version, reason="because", due_at=due_at)
    assert answer.status_code == status
    assert said in answer.text and f'value="{escape(due_at)}" aria-invalid="true"' in answer.text
    assert ">because</textarea>" in answer.text
    assert ">archived<" not in visitor.get(f"/attempts/{reviewed.code}").text
    done = visitor.post(path, version=_version(answer.text), reason="because")
    assert "this is the new attempt" in done.text


def test_a_reset_without_a_reason_asks_for_it(reviewed: Site) -> None:
    visitor = Visitor(reviewed)
    visitor.open("tom", "attempt", attempt_code=reviewed.code)
    path = f"/attempts/{reviewed.code}/reset"
    version = _version(visitor.get(path).text)
    answer = visitor.post(path, version=version, reason=" ", due_at="2031-12-01T18:00")
    assert answer.status_code == 422 and 'id="reason-error"' in answer.text
    assert 'value="2031-12-01T18:00"' in answer.text


def test_a_new_due_date_is_utc(reviewed: Site) -> None:
    visitor = Visitor(reviewed)
    visitor.open("tom", "attempt", attempt_code=reviewed.code)
    path = f"/attempts/{reviewed.code}/reset"
    version = _version(visitor.get(path).text)
    done = visitor.post(path, version=version, reason="because", due_at="2031-12-01T18:00")
    assert "2031-12-01 18:00 UTC" in visitor.get(str(done.url.path) + "/reset").text


def test_only_an_attempt_in_error_can_be_resumed(reviewed: Site) -> None:
    visitor = Visitor(reviewed)
    page = visitor.open("tom", "attempt", attempt_code=reviewed.code)
    assert "/resume" not in page.text
    path = f"/attempts/{reviewed.code}/resume"
    version = _version(visitor.get(path).text)
    answer = visitor.post(path, version=version, reason="because")
    assert answer.status_code == 409 and "Only an attempt in error can be resumed" in answer.text
    assert visitor.get(f"/attempts/{reviewed.code}/other").status_code == 404


def test_many_revisions_are_read_page_by_page(reviewed: Site) -> None:
    for number in range(11):
        incident = {"text": f"noise {number}", "status": "suspicious", "start": 1, "stop": 4}
        assert reviewed.review(reviewed.code, "suspicious", incidents=[incident]).status_code == 200
    visitor = Visitor(reviewed)
    first = visitor.open("tom", "attempt", attempt_code=reviewed.code).text
    numbers = re.findall(r'id="revision-(\d+)"', first)
    newest = int(numbers[0])
    assert newest >= 12 and numbers == [str(newest - step) for step in range(10)]
    assert first.count(">latest<") == 1
    onward = re.findall(r'href="([^"]+[?]revisions=[^"]+)"', first)[0]
    second = visitor.get(unescape(onward)).text
    assert re.findall(r'id="revision-(\d+)"', second) == [
        str(number) for number in range(newest - 10, 0, -1)
    ]
    assert ">latest<" not in second and "noise 0" in second
    assert f'href="/attempts/{reviewed.code}">First page' in second
    assert visitor.get(f"/attempts/{reviewed.code}?revisions=x").status_code == 422
    assert visitor.get(f"/attempts/{reviewed.code}?decided=x").status_code == 422


def test_courses_are_those_one_is_on_the_team_of(reviewed: Site) -> None:
    seen = Visitor(reviewed).open("tom", "home").text
    assert COURSE in seen
    assert OTHER_COURSE not in seen


def test_incidents_are_drawn_where_they_were() -> None:
    found = axis(
        [
            Incident(start=0, stop=50, text="a"),
            Incident(start=25, duration=75, text="b"),
            Incident(text="no time"),
        ]
    )
    assert found is not None
    assert [(mark.number, mark.x, mark.y, mark.width) for mark in found.marks] == [
        (1, 0, 0, WIDTH / 2),
        (2, WIDTH / 4, 22, WIDTH * 3 / 4),
    ]
    assert found.ticks[-1] == (WIDTH, 100)
    assert axis([Incident(text="no time")]) is None
