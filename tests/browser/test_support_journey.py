"""Support's way: claim, decide, escalate, and what the course team made of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from proctor_hub.domain.words import Role
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import proctored_exam, status_of
from tests.browser.staff import at_course, at_support, go, graded, looks_right, of, suspicious
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows

NOTE = "Who is the second person at 0:12?"


@pytest.fixture
def busy(running: Live) -> tuple[Live, dict[str, str]]:
    """Ann's and Bob's sessions wait for support, which is Sue and Sam. Codes by learner."""
    exam = proctored_exam(running, RPNOW, "ann", "bob")
    running.site.team("tom")
    for name in ("sue", "sam"):
        running.site.staff(name, Role.SUPPORT)
    return running, {name: suspicious(running, RPNOW, exam, name) for name in ("ann", "bob")}


def _learners(page: Page) -> list[str]:
    return [one.split()[0] for one in page.locator("tbody tr").all_inner_texts()]


def test_two_of_support_do_not_decide_the_same_one(
    busy: tuple[Live, dict[str, str]], people: Windows, shot: Pictures
) -> None:
    live, codes = busy
    sue = at_support(live, people.open(), "sue")
    sam = at_support(live, people.open(), "sam")
    assert _learners(sue) == ["ann", "bob"]
    looks_right(sue, shot, "support-queue")
    sue.get_by_role("button", name=of("Claim", "ann")).click()
    expect(sue.get_by_text("It is yours to decide for 30 minutes")).to_be_visible()
    looks_right(sue, shot, "support-claimed")
    sam.reload()
    theirs = sam.get_by_role("row", name="ann")
    expect(theirs).to_contain_text("Full sue")
    expect(theirs.get_by_role("button")).to_have_count(0)
    expect(theirs.get_by_role("link", name=of("Fail", "ann"))).to_have_count(0)
    looks_right(sam, shot, "support-claimed-by-another")
    sue.get_by_role("button", name=of("Release", "ann")).click()
    sam.reload()
    sam.get_by_role("button", name=of("Claim", "ann")).click()
    expect(sam.get_by_text("It is yours to decide")).to_be_visible()
    # A claim that ran out is in nobody's way.
    people.move(minutes=31)
    sue.reload()
    sue.get_by_role("link", name=of("Fail", "ann")).click()
    expect(sue.get_by_text("grade for this exam becomes 0")).to_be_visible()
    looks_right(sue, shot, "support-confirm-fail")
    sue.get_by_label("Why?").fill("A phone.")
    sue.get_by_role("button", name="Fail the learner").click()
    expect(sue.get_by_text("Your decision is made and on record.")).to_be_visible()
    assert _learners(sue) == ["bob"]
    graded(live, "ann", "rejected")
    assert status_of(live, codes["ann"]) == "rejected"


def test_what_is_escalated_has_its_fate(
    busy: tuple[Live, dict[str, str]], people: Windows, shot: Pictures
) -> None:
    live, codes = busy
    sue = at_support(live, people.open(), "sue")
    go(sue, "Escalated")
    expect(sue.get_by_text("Nothing was escalated yet.")).to_be_visible()
    go(sue, "Waiting")
    sue.get_by_role("link", name=of("Escalate", "bob")).click()
    looks_right(sue, shot, "support-confirm-escalate")
    sue.get_by_label("Note for the course team").fill(NOTE)
    sue.get_by_role("button", name="Escalate to the course team").click()
    assert _learners(sue) == ["ann"]
    go(sue, "Escalated")
    expect(sue.get_by_role("row", name="bob")).to_contain_text("has not decided yet")
    tom = at_course(live, people.open(), "tom")
    tom.get_by_role("link", name="Of these, escalated by support").click()
    expect(tom.get_by_role("row", name="bob")).to_contain_text(NOTE)
    assert _learners(tom) == ["bob"]
    looks_right(tom, shot, "team-second-reviews")
    tom.get_by_role("link", name=of("Pass", "bob")).click()
    tom.get_by_label("Why?").fill("It was the invigilator.")
    tom.get_by_role("button", name="Pass the learner").click()
    expect(tom.get_by_text("No second review waits for a decision.")).to_be_visible()
    looks_right(tom, shot, "team-second-reviews-empty")
    sue.reload()
    expect(sue.get_by_role("row", name="bob")).to_contain_text("It was the invigilator.")
    looks_right(sue, shot, "support-escalated")
    assert status_of(live, codes["bob"]) == "verified"


def test_support_sees_what_the_vendor_found_and_prints_it(
    busy: tuple[Live, dict[str, str]], people: Windows, shot: Pictures
) -> None:
    live, _ = busy
    page = at_support(live, people.open(), "sue")
    page.get_by_role("link", name="ann", exact=True).click()
    expect(page.get_by_role("link", name="Video of the session")).to_be_visible()
    when = page.locator("time[data-local]").first
    expect(when).to_have_text("Nov 22, 2026, 10:00 AM")
    page.emulate_media(media="print")
    shot(page, "attempt-in-print")
    for gone in ("header.top", "nav.inner", ".actions", ".elsewhere", "form"):
        for one in page.locator(gone).all():
            expect(one).to_be_hidden()
    expect(page.get_by_role("heading", name="What was told to others")).to_be_visible()
    shown = when.evaluate("one => getComputedStyle(one, '::after').content")
    assert shown == '"2026-11-22 09:00 UTC"'
    assert when.evaluate("one => getComputedStyle(one).fontSize") == "0px"
