"""A course's first page: what needs whom, the counts, and where each link leads."""

from __future__ import annotations

import re
from html import unescape

import pytest

from proctor_hub.domain.words import Role
from proctor_hub.services.course_counts import Counted
from proctor_hub.storage import tables as t
from proctor_hub.storage.outbox import NEVER
from proctor_hub.web.pages.course.needs import shown
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site

HOME = f"/courses/{COURSE}"


@pytest.fixture
def team(site: Site) -> Visitor:
    site.course()
    site.team("tom")
    visitor = Visitor(site)
    visitor.open("tom", "course", course_id=COURSE)
    return visitor


def _at_work(site: Site) -> str:
    """A second review of the team, an attempt in error with something undelivered: its code."""
    exam = site.exam()
    for name in ("ann", "bob", "cem"):
        site.person(name, course_id=COURSE)
    site.review(site.taken(exam, "ann"), "suspicious")
    code = str(site.attempt(exam, "bob")["code"])
    site.act(code, "fault")
    values = {"parked_at": site.clock(), "next_try_at": NEVER}
    mine = t.outbox.c.attempt_pk.in_(
        t.attempts.select().where(t.attempts.c.code == code).with_only_columns(t.attempts.c.id)
    )
    parked = t.outbox.update().where(mine).values(values)
    site.hub.database.write(lambda conn: conn.execute(parked))
    return code


def _links(html: str, label: str) -> str:
    """Where the link of this text leads."""
    for href, text in re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', html, re.DOTALL):
        if label in " ".join(re.sub(r"<[^>]+>", " ", text).split()):
            return unescape(href)
    raise AssertionError(f"no link {label}")


def test_a_new_course_is_told_what_will_be_here(team: Visitor) -> None:
    page = team.get(HOME)
    assert page.status_code == 200
    for said in ("Nothing needs you now.", "Nobody has begun an exam yet.", "No exams yet"):
        assert said in page.text


def test_each_card_leads_to_what_it_counts(site: Site, team: Visitor) -> None:
    code = _at_work(site)
    page = team.get(HOME).text
    assert "ann" in team.get(_links(page, "Second reviews that wait for you")).text
    errors = team.get(_links(page, "Attempts in error")).text
    assert f'href="/attempts/{code}"' in errors
    assert ">ann<" not in errors
    assert _links(page, "bob · Midterm") == f"/attempts/{code}"
    queued = team.get(_links(page, "Second review required 1")).text
    assert ">ann<" in queued
    assert f'href="/attempts/{code}"' not in queued
    onboarding = team.get(_links(page, "Not started: 3")).text
    assert "cem@x.test" in onboarding
    assert "escalated by support" not in page


def test_support_sees_what_is_supports(site: Site, team: Visitor) -> None:
    _at_work(site)
    site.staff("sue", Role.SUPPORT)
    sue = Visitor(site)
    sue.open("sue")
    page = sue.get(HOME)
    assert page.status_code == 200
    assert "wait for you" not in page.text
    assert "valid onboarding" not in page.text
    assert "Second review required" in page.text


def test_an_operator_sees_the_course_and_no_attempts(site: Site, team: Visitor) -> None:
    _at_work(site)
    site.staff("oli", Role.OPERATOR)
    oli = Visitor(site)
    oli.open("oli", "operator")
    page = oli.get(HOME)
    assert page.status_code == 200
    assert "Midterm" in page.text
    for hidden in ("What needs you", "/attempts/", "Second review required"):
        assert hidden not in page.text


def test_a_number_nobody_counted_to_the_end() -> None:
    assert (shown(Counted(number=5, over=True)), shown(Counted(number=5))) == ("5+", "5")
