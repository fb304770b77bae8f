"""Staff looks at an attempt."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import launch_link, proctored_exam, status_of, submitted, values_of
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows


def test_what_the_vendor_found_is_drawn_and_listed(
    running: Live, people: Windows, shot: Pictures
) -> None:
    exam = proctored_exam(running, RPNOW, "ann")
    running.site.team("tom")
    code = submitted(running, RPNOW, exam, "ann")
    running.sandboxes[RPNOW].review("suspicious", values_of(running, code))
    eventually(lambda: status_of(running, code) == "second_review_required", "the review came")
    link = launch_link(running, "tom", "attempt", attempt_code=code)
    window = people.open()
    page = window.tab(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("ann")
    expect(page.get_by_role("img", name="Incidents on a time axis")).to_be_visible()
    found = page.get_by_role("region", name="Incidents of revision 1")
    expect(found.get_by_role("row")).to_have_count(3)
    times = page.locator("time[data-local]")
    expect(times.first).to_have_attribute("title", "2026-11-22 09:00 UTC")
    expect(times.first).to_contain_text("10:00")
    shot(page, "attempt")
    axe(page)
    fits_narrow(page)
    assert window.watch.weight(page.url) < 100_000
    page.get_by_role("link", name="Reset…").click()
    axe(page)
