"""What staff does in its pages, as one step each."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import launch_link, status_of, submitted, values_of
from tests.browser.windows import Window
from tests.web.site import COURSE


def looks_right(page: Page, shot: Pictures, name: str) -> None:
    """Accessible, narrow enough, and in the docs."""
    axe(page)
    fits_narrow(page)
    shot(page, name)


def at_course(live: Live, window: Window, user_id: str) -> Page:
    """A tab that came in by a launch link, at the course's first page."""
    page = window.tab(launch_link(live, user_id, "course", course_id=COURSE))
    expect(page.get_by_role("heading", name="What needs you")).to_be_visible()
    return page


def at_support(live: Live, window: Window, user_id: str) -> Page:
    """A tab that came in by a launch link, at support's queue."""
    page = window.tab(launch_link(live, user_id, "support"))
    expect(page.get_by_role("heading", name="Second reviews")).to_be_visible()
    return page


def go(page: Page, place: str) -> None:
    """By the navigation of the course or room."""
    page.get_by_role("navigation", name="Section").get_by_role("link", name=place).click()


def of(word: str, learner: str) -> re.Pattern[str]:
    """The name of a button or link of a list's row, which says of whom."""
    return re.compile(rf"^{word}\s*: {learner}\b")


def suspicious(live: Live, vendor: str, exam: int, learner: str) -> str:
    """An attempt that the vendor found suspicious; its code."""
    code = submitted(live, vendor, exam, learner)
    assert live.sandboxes[vendor].review("suspicious", values_of(live, code)) == [200]
    assert status_of(live, code) == "second_review_required"
    return code


def graded(live: Live, learner: str, status: str) -> None:
    """Wait until the LMS's gradebook knows the learner's attempt by this status."""

    def is_told() -> bool:
        rows = httpx.get(f"{live.lms_url}/gradebook.json", trust_env=False).json()["rows"]
        return any(one["user_id"] == learner and one["status"] == status for one in rows)

    eventually(is_told, f"the gradebook has {learner} as {status}")
