"""Each page that navigation leads to, for each who may go there: opened and checked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from proctor_hub.domain.words import Role
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.scenes import launch_link, proctored_exam, status_of, submitted, values_of
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE

LIGHTEST = 100_000
"""Bytes over the wire that no page may exceed, with everything it uses."""


@pytest.fixture
def busy(running: Live) -> Live:
    """A course at work: something in every list."""
    exam = proctored_exam(running, RPNOW, "ann", "bob")
    running.site.team("tom")
    running.site.staff("sue", Role.SUPPORT)
    running.site.staff("oli", Role.OPERATOR)
    code = submitted(running, RPNOW, exam, "ann")
    running.sandboxes[RPNOW].review("suspicious", values_of(running, code))
    eventually(lambda: status_of(running, code) == "second_review_required", "the review came")
    running.site.attempt(exam, "bob")
    return running


@pytest.mark.parametrize(
    ("who", "start", "course_id"),
    [
        ("ann", "learner", None),
        ("tom", "course", COURSE),
        ("sue", "support", None),
        ("oli", "operator", None),
    ],
)
def test_wherever_navigation_leads(
    busy: Live,
    people: Windows,
    who: str,
    start: str,
    course_id: str | None,
) -> None:
    window = people.open()
    about = {} if course_id is None else {"course_id": course_id}
    page = window.tab(launch_link(busy, who, start, **about))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    seen = _places(page)
    assert seen
    for address in seen:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        axe(page)
        fits_narrow(page)
        page.goto(address)
        assert window.watch.weight(page.url) < LIGHTEST


def _places(page: Page) -> list[str]:
    links = page.locator("nav.places a")
    return [str(one.evaluate("link => link.href")) for one in links.all()]
