"""Decisions pressed twice, made in two tabs, sent from an old page, or by whom time ran out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from proctor_hub.domain.words import Role
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import launch_link, proctored_exam, status_of
from tests.browser.staff import at_course, at_support, looks_right, suspicious
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows


@pytest.fixture
def waiting(running: Live) -> tuple[Live, str]:
    """Ann's session waits for support, which is Sue; the attempt's code."""
    exam = proctored_exam(running, RPNOW, "ann")
    running.site.team("tom")
    running.site.staff("sue", Role.SUPPORT)
    return running, suspicious(running, RPNOW, exam, "ann")


def _asked(live: Live, page: Page, code: str, word: str, why: str) -> None:
    page.goto(f"{live.url}/attempts/{code}/decide?decision={word}")
    page.get_by_label("Why?").fill(why)


def _kinds(live: Live, code: str) -> list[str]:
    items = live.site.ok("GET", f"/attempts/{code}/decisions", "sue")["items"]
    return [str(one["kind"]) for one in items]


def test_fail_pressed_twice_fails_once(waiting: tuple[Live, str], people: Windows) -> None:
    live, code = waiting
    page = at_support(live, people.open(), "sue")
    _asked(live, page, code, "fail", "A phone.")
    page.get_by_role("button", name="Fail the learner").dblclick()
    expect(page.get_by_text("Your decision is made")).to_be_visible()
    assert _kinds(live, code) == ["fail"]


def test_back_to_the_form_after_the_decision(
    waiting: tuple[Live, str], people: Windows, shot: Pictures
) -> None:
    live, code = waiting
    window = people.open()
    page = at_support(live, window, "sue")
    _asked(live, page, code, "fail", "A phone.")
    page.get_by_role("button", name="Fail the learner").click()
    expect(page.get_by_text("Your decision is made")).to_be_visible()
    window.watch.expect("status of 409")
    page.go_back()
    # The browser asks for the page again, and is told how things stand.
    expect(page.get_by_role("heading", name="Nothing was decided")).to_be_visible()
    expect(page.locator("main")).to_contain_text("A phone.")
    looks_right(page, shot, "decision-changed")
    assert _kinds(live, code) == ["fail"]
    # It offers what is possible now: the learner can still be passed.
    page.get_by_role("link", name="Pass the learner").click()
    page.get_by_label("Why?").fill("It was a calculator.")
    page.get_by_role("button", name="Pass the learner").click()
    expect(page.get_by_text("Your decision is made")).to_be_visible()
    assert _kinds(live, code) == ["fail", "pass"]


def test_two_tabs_at_the_same_attempt(waiting: tuple[Live, str], people: Windows) -> None:
    live, code = waiting
    window = people.open()
    first = at_support(live, window, "sue")
    second = window.tab()
    _asked(live, first, code, "fail", "A phone.")
    _asked(live, second, code, "pass", "It was a cat, I looked three times.")
    first.get_by_role("button", name="Fail the learner").click()
    expect(first.get_by_text("Your decision is made")).to_be_visible()
    window.watch.expect("status of 409")
    second.get_by_role("button", name="Pass the learner").click()
    expect(second.get_by_role("heading", name="Nothing was decided")).to_be_visible()
    expect(second.locator("main")).to_contain_text("A phone.")
    written = second.get_by_label("What you wrote was not saved")
    expect(written).to_have_value("It was a cat, I looked three times.")
    assert status_of(live, code) == "rejected"
    assert _kinds(live, code) == ["fail"]


def test_a_sign_in_that_ran_out_loses_nothing(
    waiting: tuple[Live, str], people: Windows, shot: Pictures
) -> None:
    live, code = waiting
    window = people.open()
    page = at_support(live, window, "sue")
    _asked(live, page, code, "fail", "A long story of what I saw.")
    people.move(hours=13)
    window.watch.expect("status of 401")
    page.get_by_role("button", name="Fail the learner").click()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Open this page from your course again")
    written = page.get_by_label("What you wrote was not saved")
    expect(written).to_have_value("A long story of what I saw.")
    looks_right(page, shot, "sign-in-over")
    assert _kinds(live, code) == []
    page.goto(launch_link(live, "sue", "attempt", attempt_code=code))
    page.get_by_role("link", name="Fail the learner").click()
    page.get_by_label("Why?").fill("A long story of what I saw.")
    page.get_by_role("button", name="Fail the learner").click()
    expect(page.get_by_text("Your decision is made")).to_be_visible()


def test_a_launch_link_that_is_over_says_what_to_do(
    waiting: tuple[Live, str], people: Windows, shot: Pictures
) -> None:
    live, _ = waiting
    late, used = (launch_link(live, "sue", "support") for _ in range(2))
    page = people.open().tab(used)
    expect(page.get_by_role("heading", name="Second reviews")).to_be_visible()
    elsewhere = people.open()
    elsewhere.watch.expect("status of 410")
    stale = elsewhere.tab(used)
    expect(stale.locator("main")).to_contain_text("open the page from there again")
    people.move(minutes=3)
    stale.goto(late)
    expect(stale.locator("main")).to_contain_text("open the page from there again")
    looks_right(stale, shot, "launch-link-over")
    # Who came in by it goes on, also where the browser loads the link once more.
    page.goto(used)
    expect(page.get_by_role("heading", name="Second reviews")).to_be_visible()
    assert at_course(live, people.open(), "tom").url.startswith(live.url)
