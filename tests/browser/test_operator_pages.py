"""Operators' pages off the way of an operator's day: accessible, narrow enough, light."""

from __future__ import annotations

from proctor_hub.domain.words import Role
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import launch_link, proctored_exam
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE

PLACES = {
    f"/courses/{COURSE}": "course-with-vendor",
    "/callbacks/replay?outcome=unmatched": "callbacks-replay",
    "/deliveries?attempt={code}": "deliveries-of-attempt",
    "/jobs": "jobs",
    "/audit/attempts/{code}": "audit-attempt",
    "/retirements?show=open": "retirements-open",
    "/settings": "settings",
}


def test_the_other_pages_of_operators(running: Live, people: Windows, shot: Pictures) -> None:
    exam = proctored_exam(running, RPNOW, "ann")
    code = running.site.attempt(exam, "ann")["code"]
    running.site.staff("oli", Role.OPERATOR)
    window = people.open()
    page = window.tab(launch_link(running, "oli", "operator"))
    page.wait_for_url("**/operator")
    home = page.url
    for rest, name in PLACES.items():
        page.goto(home + rest.replace("{code}", code))
        assert page.locator("h1").count() == 1, rest
        axe(page)
        fits_narrow(page)
        page.emulate_media(color_scheme="light")
        shot(page, f"operator-{name}")
        assert window.watch.weight(page.url) < 100_000, rest
