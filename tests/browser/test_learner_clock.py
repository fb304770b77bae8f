"""The clock of a running exam: the server's, in every tab, whatever happens to the browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import come_in
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE

OVER = "Your time ran out"


@pytest.fixture
def exam(running_alone: Live) -> int:
    """A timed exam of 30 minutes, for Ann."""
    running_alone.site.course(vendor=RPNOW)
    running_alone.site.person("ann", course_id=COURSE)
    return running_alone.site.exam(exam_type="timed")


def _started(live: Live, page: Page, exam: int) -> None:
    come_in(live, page, "ann", exam)
    page.get_by_role("button", name="Go to the start").click()
    page.get_by_role("button", name="Start the exam").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^29:[45]\d$"))


def _shows(page: Page, *minutes: int) -> None:
    expect(page.get_by_role("timer")).to_have_text(
        re.compile(rf"^({'|'.join(map(str, minutes))}):")
    )


def test_warnings_and_the_end(
    running_alone: Live, exam: int, people: Windows, shot: Pictures
) -> None:
    page = people.open().tab()
    _started(running_alone, page, exam)
    expect(page.locator("iframe.questions")).to_be_visible()
    axe(page)
    fits_narrow(page)
    shot(page, "learner-exam")
    people.move(minutes=24, seconds=20)
    _shows(page, 5)
    expect(page.locator("#clock-low")).to_be_visible()
    expect(page.locator("#clock-polite")).to_contain_text("A fifth of your time")
    page.reload()
    expect(page.locator("#clock-low")).to_be_visible()
    expect(page.locator("#clock-polite")).to_be_empty()
    people.move(minutes=4, seconds=20)
    _shows(page, 1)
    expect(page.locator("#clock-critical")).to_be_visible()
    expect(page.locator("#clock-assertive")).to_contain_text("nearly over")
    axe(page)
    shot(page, "learner-exam-last-minutes")
    people.move(minutes=2)
    expect(page.locator("main")).to_contain_text(OVER)
    axe(page)


def test_a_wrong_clock_does_not_matter(running_alone: Live, exam: int, people: Windows) -> None:
    page = people.open(wrong_by=timedelta(hours=3)).tab()
    _started(running_alone, page, exam)
    people.move(minutes=10)
    _shows(page, 19, 20)
    page.context.clock.set_system_time(running_alone.clock() - timedelta(days=2))
    people.move(minutes=1)
    _shows(page, 18, 19)


def test_a_second_tab_ends_it_for_the_first(
    running_alone: Live, exam: int, people: Windows
) -> None:
    window = people.open()
    page = window.tab()
    _started(running_alone, page, exam)
    other = window.tab(page.url)
    other.get_by_role("button", name="End my exam").click()
    expect(other.get_by_role("heading", name="Submit the exam?")).to_be_visible()
    axe(other)
    fits_narrow(other)
    other.get_by_role("button", name="Yes, submit my exam").click()
    expect(other.locator("main")).to_contain_text("You have submitted this timed exam")
    people.move(seconds=31)
    expect(page.locator("main")).to_contain_text("You have submitted this timed exam")


def test_a_lost_connection(running_alone: Live, exam: int, people: Windows) -> None:
    window = people.open()
    page = window.tab()
    _started(running_alone, page, exam)
    window.watch.expect("ERR_INTERNET_DISCONNECTED")
    window.context.set_offline(True)
    expect(page.locator("#clock-lost")).to_be_visible()
    with page.expect_event("requestfailed"):
        people.move(minutes=5)
    _shows(page, 24, 25)
    expect(page.locator("#clock-lost")).to_be_visible()
    axe(page)
    # What cannot arrive does not take the page away.
    page.evaluate("window.still = 'the same page'")
    page.get_by_role("button", name="End my exam").click()
    expect(page.locator("#clock-assertive")).to_contain_text("nothing can be sent")
    window.context.set_offline(False)
    expect(page.locator("#clock-lost")).to_be_hidden()
    _shows(page, 24, 25)
    assert page.evaluate("window.still") == "the same page"
    page.get_by_role("button", name="End my exam").click()
    expect(page.get_by_role("heading", name="Submit the exam?")).to_be_visible()


def test_a_stalled_connection(running_alone: Live, exam: int, people: Windows) -> None:
    page = people.open().tab()
    _started(running_alone, page, exam)
    address = running_alone.url + str(page.locator("#clock").get_attribute("data-url"))
    page.route(address, lambda _route: None)
    page.get_by_role("button", name="End my exam").click()
    expect(page.locator("#clock-lost")).to_be_visible(timeout=20_000)
    expect(page.locator("#clock-assertive")).to_contain_text("nothing can be sent")
    page.unroute(address)
    page.get_by_role("button", name="End my exam").click()
    expect(page.get_by_role("heading", name="Submit the exam?")).to_be_visible()


def test_without_scripts(running_alone: Live, exam: int, people: Windows) -> None:
    page = people.open().tab()
    _started(running_alone, page, exam)
    plain = people.open(java_script_enabled=False).tab()
    come_in_plainly(running_alone, plain, exam)
    expect(plain.locator("#clock-left")).to_have_text(re.compile(r"^(30|29):"))
    expect(plain.get_by_role("link", name="Look again")).to_be_visible()


def come_in_plainly(live: Live, page: Page, exam: int) -> None:
    """As ``come_in``, by the button of the launch page."""
    body = {"user_id": "ann", "page": "exam", "exam_id": exam}
    page.goto(live.site.ok("POST", "/launch-links", body=body)["url"])
    page.get_by_role("button", name="Go on").click()
