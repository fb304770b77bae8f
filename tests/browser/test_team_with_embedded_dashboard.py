"""A course team's way with a vendor that has a dashboard of its own, shown within ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import onboarded, proctored_exam, status_of
from tests.browser.staff import at_course, go, graded, looks_right, suspicious
from tests.browser.vendors import PROCTORTRACK
from tests.browser.windows import Windows

LEARNERS = ("ann", "bob", "cem")


@pytest.fixture
def busy(running: Live) -> tuple[Live, dict[str, str]]:
    """Ann's and Bob's sessions are suspicious; Cem has no onboarding. Codes by learner."""
    exam = proctored_exam(running, PROCTORTRACK, *LEARNERS)
    onboarded(running, "ann", "bob")
    running.site.team("tom")
    codes = {name: suspicious(running, PROCTORTRACK, exam, name) for name in ("ann", "bob")}
    return running, codes


def _filters(page: Page) -> None:
    """From the counts to the table, filtered, sorted, and as CSV."""
    page.get_by_role("link", name="Second review required").click()
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_label("Status")).to_have_value("second_review_required")
    page.get_by_label("Order").select_option("By username")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("ann")
    page.get_by_label("Username begins with").fill("bo")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert "bob@x.test" in lines[1]


def _decide(page: Page, link: str, button: str, *said: str) -> None:
    page.get_by_role("link", name=link).click()
    for one in said:
        expect(page.get_by_role("list").filter(has_text=one).first).to_be_visible()
    page.get_by_label("Why?").fill("Two voices in the room.")
    # Once is enough, twice is what people do.
    page.get_by_role("button", name=button).dblclick()
    expect(page.get_by_text("Your decision is made and on record.")).to_be_visible()


def test_from_the_table_to_a_verdict_and_back(
    busy: tuple[Live, dict[str, str]], people: Windows, shot: Pictures
) -> None:
    live, codes = busy
    page = at_course(live, people.open(), "tom")
    expect(page.get_by_role("link", name="Not started: 3")).to_be_visible()
    looks_right(page, shot, "team-course")
    _filters(page)
    looks_right(page, shot, "team-attempts-filtered")
    page.get_by_role("link", name="bob", exact=True).click()
    _decide(page, "Fail the learner", "Fail the learner", "becomes 0", "told by e-mail")
    assert status_of(live, codes["bob"]) == "rejected"
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Two voices in the room.")
    looks_right(page, shot, "team-attempt-failed")
    graded(live, "bob", "rejected")
    eventually(lambda: len(live.mailbox.mails()) == 3, "two receipts and a verdict by e-mail")
    _decide(page, "Pass the learner", "Pass the learner", "original grade")
    graded(live, "bob", "verified")
    made = live.site.ok("GET", f"/attempts/{codes['bob']}/decisions", "tom")["items"]
    assert [one["kind"] for one in made] == ["fail", "pass"]


def test_the_vendors_dashboard_within_ours_and_in_a_tab(
    busy: tuple[Live, dict[str, str]], people: Windows, shot: Pictures
) -> None:
    live, codes = busy
    page = at_course(live, people.open(), "tom")
    go(page, "Review dashboard")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Review Dashboard")).to_be_visible()
    looks_right(page, shot, "team-dashboard-embedded")
    frame.get_by_role("link", name="Midterm").click()
    expect(frame.get_by_role("link", name="Full ann")).to_be_visible()
    with page.expect_download() as download:
        frame.get_by_role("link", name="CSV").click()
    assert "ann" in Path(download.value.path()).read_text(encoding="utf-8")
    # Quiz, its sessions that require attention, one in a tab of its own.
    page.get_by_role("row", name="Midterm").get_by_role("link").click()
    expect(page.get_by_role("link", name="Require attention")).to_have_attribute(
        "aria-current", "true"
    )
    with page.context.expect_page() as opened:
        page.get_by_role("row", name="ann").get_by_role("link", name="Detail").click()
    detail = opened.value
    expect(detail.get_by_role("heading", name="Full ann")).to_be_visible()
    for tab in ("Video Monitoring", "Online Violations", "Verification scans", "Onboarding"):
        detail.get_by_role("link", name=tab).click()
        expect(detail.get_by_role("heading", name=tab)).to_be_visible()
    looks_right(detail, shot, "team-dashboard-detail")
    detail.get_by_role("button", name="Fail").click()
    expect(detail.get_by_role("status")).to_contain_text("200")
    assert status_of(live, codes["ann"]) == "rejected"
    page.get_by_role("link", name="All sessions").click()
    page.get_by_role("link", name="ann", exact=True).click()
    expect(page.get_by_text("by tom@x.test in the vendor's dashboard")).to_be_visible()
    looks_right(page, shot, "team-attempt-decided-there")
    # And the other way, within our page.
    go(page, "Review dashboard")
    frame.get_by_role("link", name="Midterm").click()
    frame.get_by_role("link", name="Full ann").click()
    frame.get_by_role("button", name="Pass").click()
    expect(frame.get_by_role("status")).to_contain_text("200")
    assert status_of(live, codes["ann"]) == "verified"


def test_rules_onboarding_and_the_course_as_a_learner(
    busy: tuple[Live, dict[str, str]], people: Windows, shot: Pictures
) -> None:
    live, _ = busy
    page = at_course(live, people.open(), "tom")
    go(page, "Onboarding")
    page.get_by_role("button", name="Ask the vendor for the latest").click()
    expect(page.get_by_text("The vendor was asked")).to_be_visible()
    go(page, "Course")
    page.get_by_role("link", name="Not started: 1").click()
    expect(page.get_by_role("row", name="cem")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Show all").click()
    page.get_by_label("E-mail").fill("BOB@")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row", name="bob")).to_contain_text("Verified")
    looks_right(page, shot, "team-onboarding")
    go(page, "Exam rules")
    configuration = page.frame_locator("iframe")
    expect(configuration.get_by_role("heading", name="Configuration")).to_be_visible()
    rule = page.locator("form.card").get_by_role("checkbox").first
    looks_right(page, shot, "team-rules")
    rule.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rules are saved")).to_be_visible()
    expect(rule).to_be_checked()
    configuration.get_by_role("checkbox").nth(1).check()
    configuration.get_by_role("button", name="Save").click()
    expect(configuration.get_by_role("checkbox").nth(1)).to_be_checked()
    go(page, "View as learner")
    page.get_by_label("Username, e-mail address or user id").fill("BOB@x.test")
    looks_right(page, shot, "team-view-as")
    page.get_by_role("button", name="View as this learner").click()
    expect(page.get_by_role("heading", name="The course as bob sees it")).to_be_visible()
    looks_right(page, shot, "team-seen-as-learner")
    page.get_by_role("link", name="Midterm").click()
    expect(page.get_by_text("Nothing can be done here")).to_be_visible()
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    looks_right(page, shot, "team-exam-seen-as-learner")
