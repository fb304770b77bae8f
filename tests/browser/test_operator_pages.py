"""Operators' pages in Chromium: each is accessible, narrow enough, light, and in the docs."""

from __future__ import annotations

from proctor_hub.domain.words import Role
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import launch_link, proctored_exam
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE

PLACES = {
    "": "overview",
    f"/courses/{COURSE}": "course",
    f"/courses/{COURSE}/migration?vendor={PROCTORTRACK}": "migration",
    f"/vendors/{RPNOW}": "vendor",
    "/vendors": "vendors",
    "/callbacks": "callbacks",
    "/deliveries": "deliveries",
    "/jobs": "jobs",
    "/people": "people",
    "/people/ann": "person",
    "/clients": "clients",
    "/audit": "audit",
    "/retirements": "retirements",
    "/settings": "settings",
}


def test_every_page_of_operators(running: Live, people: Windows, shot: Pictures) -> None:
    proctored_exam(running, RPNOW, "ann")
    running.site.staff("oli", Role.OPERATOR)
    window = people.open()
    page = window.tab(launch_link(running, "oli", "operator"))
    page.wait_for_url("**/operator")
    home = page.url
    for rest, name in PLACES.items():
        page.goto(home + rest)
        assert page.locator("h1").count() == 1, rest
        shot(page, f"operator-{name}")
        axe(page)
        fits_narrow(page)
        assert window.watch.weight(page.url) < 100_000, rest
