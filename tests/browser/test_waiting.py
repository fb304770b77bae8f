"""Pages while something is waited for: a form's answer, a vendor, a report, a hub out of reach."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from proctor_hub.domain.report import ReportStatus
from proctor_hub.domain.words import Role
from proctor_hub.storage import tables as t
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.learning import code_of
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import come_in, launch_link, proctored_exam, values_of
from tests.browser.staff import at_course, go, looks_right
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Window, Windows
from tests.web.site import COURSE

BEGIN = "Take it proctored now"
STAY = "Stay on this page: it goes on by itself."
SIGNED_OUT = "You are not signed in"
OUT_OF_REACH = "The connection is lost."


FOR_VENDOR = "Still waiting for the vendor's answer."
FOR_HUB = "Still waiting for the answer."

# A form's answer does not come: the page is left as it is while a browser waits for one. (While it
# really waits, Playwright asks nothing of the page.)
_NO_ANSWER = """() => {
  window.sent = 0
  addEventListener("submit", event => {
    if (!event.defaultPrevented) window.sent += 1
    event.preventDefault()
  })
}"""
_BACK = "() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
# What the page says, and that a button is marked, as lines of the console: these come at any time.
_TELL = """() => {
  const tell = () => console.info([...document.querySelectorAll("button[aria-busy]")].length,
                                  document.getElementById("news").textContent)
  new MutationObserver(tell).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["aria-busy"],
  })
}"""
_STOP_SOON = "() => addEventListener('submit', () => setTimeout(() => stop(), 200), {once: true})"


def _waits(people: Windows, page: Page, name: str, sentence: str) -> None:
    """Pressed twice it is sent once, marked at once, and after a while it is said for whom."""
    button, news = page.get_by_role("button", name=name), page.locator("#news")
    page.evaluate(_NO_ANSWER)
    button.dblclick()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(news).to_have_text("")
    people.move(seconds=5)
    expect(news).to_contain_text(sentence)
    assert page.evaluate("() => window.sent") == 1


def _is_free(page: Page) -> None:
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(page.locator("#news")).to_have_text("")


@pytest.fixture
def entrance(running: Live, people: Windows) -> Page:
    """Ann before an exam that she may begin."""
    exam = proctored_exam(running, RPNOW, "ann")
    page = people.open().tab()
    come_in(running, page, "ann", exam)
    expect(page.get_by_role("button", name=BEGIN)).to_be_visible()
    return page


def test_a_learners_form_waits_and_comes_back(
    entrance: Page, people: Windows, shot: Pictures
) -> None:
    _waits(people, entrance, BEGIN, FOR_VENDOR)
    looks_right(entrance, shot, "learner-waits-for-an-answer")
    # Back from a page after this one, as browsers show it that had kept it.
    entrance.evaluate(_BACK)
    _is_free(entrance)
    _waits(people, entrance, BEGIN, FOR_VENDOR)


def test_an_answer_that_takes_long(entrance: Page) -> None:
    held: list[Route] = []
    entrance.route("**/begin", lambda route: held.append(route))
    entrance.evaluate(_TELL)
    with entrance.expect_console_message(lambda line: line.text == f"1 {FOR_VENDOR} {STAY}"):
        entrance.get_by_role("button", name=BEGIN).click(no_wait_after=True)
    held[-1].continue_()
    expect(entrance.get_by_role("heading", name="Set up the proctoring software")).to_be_visible()
    _is_free(entrance)


def test_who_stops_waiting_may_press_again(entrance: Page) -> None:
    held: list[Route] = []
    entrance.route("**/begin", lambda route: held.append(route))
    entrance.evaluate(_TELL)
    entrance.evaluate(_STOP_SOON)
    with entrance.expect_console_message(lambda line: line.text.startswith("1")):
        entrance.get_by_role("button", name=BEGIN).click(no_wait_after=True)
    _is_free(entrance)
    assert len(held) == 1
    entrance.unroute("**/begin")
    entrance.get_by_role("button", name=BEGIN).click()
    expect(entrance.get_by_role("heading", name="Set up the proctoring software")).to_be_visible()


def test_the_mark_turns_only_where_motion_is_wanted(entrance: Page) -> None:
    entrance.evaluate(_NO_ANSWER)
    button = entrance.get_by_role("button", name=BEGIN)
    button.click()
    mark = "button => getComputedStyle(button, '::before').animationName"
    expect(button).to_have_attribute("aria-busy", "true")
    assert button.evaluate(mark) == "none"
    entrance.emulate_media(reduced_motion="no-preference")
    assert button.evaluate(mark) == "turn"


def test_any_other_form_waits_for_the_hub(entrance: Page, people: Windows) -> None:
    _waits(people, entrance, "Sign out", FOR_HUB)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (f"vendors/{PROCTORTRACK}", "Test call"),
        (f"courses/{quote(COURSE)}", "Dry run"),
        (f"courses/{quote(COURSE)}/migration?vendor={PROCTORTRACK}", "Change the vendor to"),
    ],
)
def test_an_operators_forms_wait_for_the_vendor(
    running: Live, people: Windows, place: str, name: str
) -> None:
    proctored_exam(running, RPNOW, "ann")
    running.site.staff("oli", Role.OPERATOR)
    page = people.open().tab(launch_link(running, "oli", "operator"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{running.url}/operator/{place}")
    _waits(people, page, name, FOR_VENDOR)
    axe(page)
    fits_narrow(page)


@pytest.fixture
def waiting(running: Live, people: Windows) -> tuple[Live, Window, Page, str]:
    """Ann's page waits for the proctoring software; with her attempt's code."""
    exam = proctored_exam(running, RPNOW, "ann")
    window = people.open()
    page = window.tab()
    come_in(running, page, "ann", exam)
    page.get_by_role("button", name=BEGIN).click()
    expect(page.get_by_text("Waiting for the proctoring software")).to_be_visible()
    return running, window, page, code_of(running, exam)


def test_a_waiting_page_goes_on_when_the_hub_is_back(
    waiting: tuple[Live, Window, Page, str], people: Windows, shot: Pictures
) -> None:
    live, window, page, code = waiting
    news = page.locator("#news")
    window.watch.expect("ERR_INTERNET_DISCONNECTED")
    window.watch.expect("htmx:(sendError|afterRequest)")
    window.context.set_offline(True)
    people.move(seconds=4)
    expect(news).to_contain_text(OUT_OF_REACH)
    looks_right(page, shot, "learner-waiting-out-of-reach")
    window.context.set_offline(False)
    people.move(seconds=4)
    expect(news).to_have_text("")
    # An answer that is no page of the hub's, as from a proxy before it.
    window.watch.expect("status of 502")
    page.route("**/waiting?*", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"))
    people.move(seconds=4)
    expect(news).to_contain_text(OUT_OF_REACH)
    expect(page.get_by_text("Bad")).to_have_count(0)
    page.unroute("**/waiting?*")
    live.sandboxes[RPNOW].make_ready(values_of(live, code))
    people.move(seconds=4)
    expect(page.get_by_text("Go on in the proctoring software's own browser")).to_be_visible()


def test_no_answer_at_all_is_out_of_reach_too(
    waiting: tuple[Live, Window, Page, str], people: Windows
) -> None:
    _, window, page, _ = waiting
    window.watch.expect("htmx:(timeout|afterRequest)")
    held: list[Route] = []
    page.route("**/waiting?*", lambda route: held.append(route))
    with page.expect_request("**/waiting?*"):
        people.move(seconds=4)
    people.move(seconds=11)
    expect(page.locator("#news")).to_contain_text(OUT_OF_REACH)
    page.unroute("**/waiting?*")
    assert held
    people.move(seconds=4)
    expect(page.locator("#news")).to_have_text("")


def test_a_waiting_page_of_whoever_is_signed_out_stops_asking(
    waiting: tuple[Live, Window, Page, str], people: Windows, shot: Pictures
) -> None:
    _, _, page, _ = waiting
    people.move(hours=13)
    expect(page.get_by_role("alert")).to_contain_text(SIGNED_OUT)
    # It does not say any more that it would go on by itself.
    expect(page.get_by_text("Waiting for the proctoring software")).to_have_count(0)
    looks_right(page, shot, "learner-waiting-signed-out")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    people.move(seconds=30)
    page.wait_for_function("() => new Promise(go => setTimeout(() => go(true), 3500))")
    assert not asked


def _report(live: Live, code: str, **values: Any) -> None:
    """A report of somebody else's, as the worker writes it down."""
    at = live.clock()
    row = {
        "code": code, "course_pk": 1, "kind": "legacy", "status": ReportStatus.RUNNING,
        "requested_role": "course_team", "requested_by": "", "requested_person_pk": None,
        "requested_at": at, "started_at": at, "heard_at": at, "rows_done": 0, "rows_total": 100,
    }  # fmt: skip
    live.hub.database.write(lambda conn: conn.execute(t.reports.insert().values(row | values)))


def _change(live: Live, code: str, **values: Any) -> None:
    mine = t.reports.update().where(t.reports.c.code == code)
    live.hub.database.write(lambda conn: conn.execute(mine.values(values)))


def test_progress_of_reports_is_read_out_and_moves_no_focus(running: Live, people: Windows) -> None:
    proctored_exam(running, RPNOW, "ann")
    running.site.team("tom")
    page = at_course(running, people.open(), "tom")
    _report(running, "a" * 20)
    _report(running, "b" * 20)
    go(page, "Reports")
    page.set_viewport_size({"width": 320, "height": 640})
    list_of_pending = page.locator("#pending-table")
    list_of_pending.focus()
    list_of_pending.evaluate("table => { table.scrollLeft = 40; table.dataset.same = 'yes' }")
    _change(running, "a" * 20, rows_done=40)
    people.move(seconds=2)
    expect(page.locator("#report-news")).to_have_text(
        "Proctored Exam Results, older columns: 25 % done."
    )
    expect(page.locator("#pending-reports")).to_contain_text("40 of 100 attempts")
    expect(list_of_pending).to_be_focused()
    expect(list_of_pending).to_have_attribute("data-same", "yes")
    assert list_of_pending.evaluate("table => table.scrollLeft") == 40
    # Points in time stay the viewer's when rows are exchanged.
    expect(page.locator("#pending-rows time:not([data-local])")).to_have_count(0)
    # A list with another report less is a new one, and has the focus again.
    _change(running, "b" * 20, status=ReportStatus.FAILED, finished_at=running.clock(), error="x")
    people.move(seconds=2)
    expect(page.locator("#report-news")).to_have_text("A report could not be made.")
    expect(list_of_pending).not_to_have_attribute("data-same", "yes")
    expect(list_of_pending).to_be_focused()
    axe(page)


def test_a_page_of_reports_of_whoever_is_signed_out_stops_asking(
    running: Live, people: Windows
) -> None:
    proctored_exam(running, RPNOW, "ann")
    running.site.team("tom")
    page = at_course(running, people.open(), "tom")
    _report(running, "a" * 20)
    go(page, "Reports")
    expect(page.locator("#pending-reports")).to_contain_text("0 of 100 attempts")
    people.move(hours=13)
    expect(page.locator("#pending-reports").get_by_role("alert")).to_contain_text(SIGNED_OUT)
    expect(page.locator("#pending-table")).to_have_count(0)
