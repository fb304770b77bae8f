"""The pages around the hub: the demo's LMS, its mailbox, and both vendors' own."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.scenes import (
    onboarded,
    proctored_exam,
    status_of,
    submitted,
    values_of,
)
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE


def _reviewed(live: Live, vendor: str, review: str) -> str:
    exam = proctored_exam(live, vendor, "ann")
    if vendor == PROCTORTRACK:
        onboarded(live, "ann")
    code = submitted(live, vendor, exam, "ann")
    assert live.sandboxes[vendor].review(review, values_of(live, code)) == [200]
    return code


def _gradebook_follows(live: Live, code: str) -> None:
    """The vendor's review went the whole way to the LMS and the learner."""
    assert status_of(live, code) == "verified"

    def told() -> bool:
        rows = httpx.get(f"{live.lms_url}/gradebook.json", trust_env=False).json()["rows"]
        return [row["status"] for row in rows] == ["verified"] and len(live.mailbox.mails()) == 2

    eventually(told, "the gradebook and the mailbox know of the review")


@pytest.mark.parametrize("vendor", [PROCTORTRACK, RPNOW])
def test_gradebook(running: Live, page: Page, vendor: str) -> None:
    _gradebook_follows(running, _reviewed(running, vendor, "clean"))
    page.goto(running.lms_url + "/gradebook")
    expect(page.get_by_role("row", name="ann").first).to_contain_text("verified")
    axe(page)
    fits_narrow(page)


def test_gradebook_on_postgresql(running_on_postgresql: Live, page: Page) -> None:
    live = running_on_postgresql
    _gradebook_follows(live, _reviewed(live, RPNOW, "clean"))
    page.goto(live.lms_url + "/gradebook")
    expect(page.get_by_role("row", name="ann").first).to_contain_text("verified")


def test_a_vendor_calls_a_hub_behind_tls(running_secured: Live) -> None:
    _gradebook_follows(running_secured, _reviewed(running_secured, PROCTORTRACK, "clean"))


def test_mailbox(running: Live, people: Windows) -> None:
    _gradebook_follows(running, _reviewed(running, RPNOW, "clean"))
    window = people.open()
    # The clock that Playwright puts into every frame; an e-mail may run nothing, not even that.
    window.watch.expect("Blocked script execution in 'about:srcdoc'")
    page = window.tab(f"{running.lms_url}/mailbox")
    expect(page.get_by_role("row")).to_have_count(3)
    axe(page)
    fits_narrow(page)
    page.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    axe(page)
    fits_narrow(page)


def test_where_the_vendor_sends_a_learner(running: Live, page: Page) -> None:
    page.goto(f"{running.url}/exams/any")
    expect(page.get_by_role("heading", name="Go on in your course")).to_be_visible()
    axe(page)
    fits_narrow(page)
    page.goto(f"{running.lms_url}/exam?course={COURSE}&content=x")
    axe(page)
    fits_narrow(page)


def test_proctortrack_decides_in_its_own_dashboard(running: Live, people: Windows) -> None:
    live = running
    code = _reviewed(live, PROCTORTRACK, "suspicious")
    live.site.team("tea")
    course = quote(COURSE, safe="")
    shown = live.site.ok("GET", f"/dashboard?scope=course&course_id={course}", "tea")
    page = people.open().tab(shown["url"])
    expect(page.get_by_role("heading", name="Review Dashboard")).to_be_visible()
    axe(page)
    fits_narrow(page)
    page.get_by_role("link", name="Midterm").click()
    axe(page)
    fits_narrow(page)
    page.get_by_role("link", name="ann").first.click()
    axe(page)
    fits_narrow(page)
    page.get_by_role("button", name="Fail").click()
    eventually(lambda: status_of(live, code) == "rejected", "the decision reaches the hub")


@pytest.mark.parametrize("vendor", [PROCTORTRACK, RPNOW])
def test_the_vendors_steering_pages(running: Live, page: Page, vendor: str) -> None:
    _reviewed(running, vendor, "suspicious")
    for path in ("/", "/download"):
        page.goto(running.sandbox_urls[vendor] + path)
        axe(page)
        fits_narrow(page)
