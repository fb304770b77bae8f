"""A course with more exams than a form offers: found while typing; and a due date in one's zone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.staff import at_course, go
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE

MANY = 55


def _seen(page: Page) -> None:
    """Accessible, and no wider than a telephone."""
    axe(page)
    fits_narrow(page)


def _many(live: Live, count: int = MANY) -> str:
    """Timed exams, and the code of ann's attempt at the first of them."""
    live.site.course(vendor=RPNOW, escalation_email="team@x.test")
    live.site.team("tom")
    live.site.person("ann", course_id=COURSE)
    made = [
        live.site.exam(COURSE, content_id=f"q{number}", name=f"Quiz {number:02}", exam_type="timed")
        for number in range(count)
    ]
    return str(live.site.attempt(made[0], "ann")["code"])


def test_exams_are_found_while_a_name_is_typed(running: Live, people: Windows) -> None:
    _many(running)
    page = at_course(running, people.open(), "tom")
    go(page, "Allowances")
    page.get_by_label("Learners").fill("ann")
    page.get_by_label("More minutes").fill("5")
    page.get_by_label("Quiz 01").check()
    name = page.get_by_label("Part of an exam's name")
    name.press_sequentially("quiz 5")
    last = page.get_by_label("Quiz 54")
    expect(last).to_be_visible()
    expect(name).to_be_focused()
    expect(page.get_by_label("Quiz 02")).to_have_count(0)
    expect(page.get_by_label("Quiz 01")).to_be_checked()
    last.check()
    _seen(page)
    name.fill("nothing of the kind")
    expect(page.get_by_text("No other exam has this in its name.")).to_be_visible()
    expect(last).to_be_checked()
    name.press("Enter")
    expect(last).to_be_checked()
    page.get_by_role("button", name="Grant", exact=True).click()
    expect(page.get_by_text("Everybody has their allowance.")).to_be_visible()
    for exam in ("Quiz 01", "Quiz 54"):
        expect(page.get_by_role("table")).to_contain_text(exam)


def test_the_table_is_asked_for_any_of_them(running: Live, people: Windows) -> None:
    _many(running)
    page = at_course(running, people.open(), "tom")
    go(page, "Attempts")
    page.get_by_label("Part of an exam's name").press_sequentially("quiz 54")
    options = page.get_by_label("Exam", exact=True).locator("option")
    expect(options).to_have_count(2)
    page.get_by_label("Exam", exact=True).select_option("Quiz 54")
    page.get_by_label("Username begins with").fill("an")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("None that you asked for")).to_be_visible()
    assert "an" not in page.url.partition("?")[2].partition("&f=")[0].split("=")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_role("link", name="ann", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Username begins with")).to_have_value("an")
    _seen(page)


def test_a_due_date_is_said_in_the_viewers_zone(running: Live, people: Windows) -> None:
    code = _many(running, 1)
    window = people.open()
    window.watch.expect("status of 409")
    page = at_course(running, window, "tom")
    page.goto(f"{running.url}/attempts/{code}/reset")
    page.get_by_label("Why?").fill("The power failed.")
    due = page.get_by_label("New due date for this learner", exact=False)
    expect(page.get_by_text("In your zone that is")).to_be_hidden()
    due.fill("2001-12-01T18:00")
    shown = page.get_by_text("In your zone that is").locator("time")
    expect(shown).to_have_attribute("datetime", "2001-12-01T18:00Z")
    expect(shown).to_contain_text("2001")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("give one that is later than now")).to_be_visible()
    expect(page.get_by_label("Why?")).to_have_value("The power failed.")
    expect(due).to_have_value("2001-12-01T18:00")
    _seen(page)
