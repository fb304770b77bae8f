"""A whole exam by Tab and Enter alone, each stop of the focus to be seen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.live import Live
from tests.browser.scenes import launch_link
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE

_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at)
  return {
    name: (at.innerText || at.getAttribute('aria-label') || '').trim(),
    body: at === document.body,
    seen: at.tagName === 'IFRAME'
      || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
  }
}"""
_STOPS = 40


def _go(page: Page, name: str, key: str = "Enter") -> None:
    """Tab until the focus is on what is named so, and press a key there."""
    passed = []
    for _ in range(_STOPS):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUS)
        passed.append(at["name"])
        assert at["body"] or at["seen"], f"the focus on {at['name']!r} cannot be seen"
        if at["name"] == name:
            page.keyboard.press(key)
            return
    raise AssertionError(f"{name!r} is not reached by the keyboard, only {passed}")


def test_a_whole_exam(running_alone: Live, people: Windows) -> None:
    live = running_alone
    live.site.course(vendor=RPNOW, escalation_email="team@x.test")
    live.site.person("ann", course_id=COURSE)
    live.site.exam(exam_type="timed")
    page = people.open().tab(launch_link(live, "ann", "learner"))
    page.wait_for_url("**/learn")
    _go(page, "Skip to the content")
    assert page.evaluate("document.activeElement.id") == "main"
    _go(page, "Midterm")
    expect(page.get_by_role("button", name="Go to the start")).to_be_visible()
    _go(page, "Go to the start")
    expect(page.get_by_role("button", name="Start the exam")).to_be_visible()
    _go(page, "Start the exam")
    expect(page.locator("#clock-left")).to_be_visible()
    _go(page, "End my exam")
    expect(page.get_by_role("heading", name="Submit the exam?")).to_be_visible()
    _go(page, "No, go back to the questions")
    expect(page.get_by_role("button", name="End my exam")).to_be_visible()
    _go(page, "End my exam")
    expect(page.get_by_role("heading", name="Submit the exam?")).to_be_visible()
    _go(page, "Yes, submit my exam", key="Space")
    expect(page.locator("main")).to_contain_text("You have submitted this timed exam")
    _go(page, "All my exams")
    page.wait_for_url("**/learn")
