"""The page that ``make serve`` opens onto: sign-in as anybody, and a panel to play the vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from proctor_hub.demo.client import HubClient
from proctor_hub.demo.data import Plan, load_plan
from proctor_hub.demo.enrolling import enrol
from proctor_hub.demo.start import Start, add_start
from proctor_hub.domain.words import Role
from proctor_hub.services import people as staff
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import ClientKind
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import status_of
from tests.browser.staff import looks_right
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Windows
from tests.support import OPERATOR

HOMES = {
    Role.COURSE_TEAM: "What needs you",
    Role.SUPPORT: "Second reviews",
    Role.OPERATOR: "Operations",
    Role.LEARNER: "My exams",
}
"""A heading of each one's first page."""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The demo's courses and people in a hub; ``exams``: course and content id → id."""

    live: Live
    plan: Plan
    exams: Mapping[tuple[str, str], int]

    def course_of(self, vendor: str) -> str:
        """The course that has this vendor."""
        return next(c.course_id for c in self.plan.courses if c.settings["vendor"] == vendor)


@pytest.fixture
def demo(running: Live) -> Demo:
    """As ``make serve`` sets it up, with its start page at the LMS."""
    plan = load_plan()
    made = clients.create(running.hub, OPERATOR, ClientKind.LMS)
    client = HubClient(running.url, made.client.client_id, made.secret)
    exams = enrol(client, plan)
    for one in plan.staff:
        if not one.course_id:
            staff.grant_staff(running.hub, OPERATOR, user_id=one.user_id, role=Role(one.role))
    add_start(
        running.lms,
        Start(plan=plan, hub=client, hub_url=running.url, sandboxes=running.sandboxes),
    )
    return Demo(live=running, plan=plan, exams=exams)


def _row(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="People").get_by_role("row", name=name)


def test_the_page_itself(demo: Demo, people: Windows, shot: Pictures) -> None:
    window = people.open()
    page = window.tab(demo.live.lms_url)
    expect(page.get_by_role("heading", name="Come in as")).to_be_visible()
    assert page.get_by_role("button", name="Alone").count() == len(demo.plan.everybody)
    expect(page.get_by_text("No attempt with a vendor is live.")).to_be_visible()
    looks_right(page, shot, "demo-start")


def test_everybody_comes_to_their_own_place(demo: Demo, people: Windows) -> None:
    window = people.open()
    page = window.tab()
    roles = {one.full_name: Role(one.role) for one in demo.plan.staff}
    for course in demo.plan.courses:
        learner = next(one for one in demo.plan.learners if one.course_id == course.course_id)
        roles[learner.full_name] = Role.LEARNER
    german = {one.full_name for one in demo.plan.learners if one.language == "de"}
    for name, role in roles.items():
        page.goto(demo.live.lms_url)
        _row(page, name).get_by_role("button", name="Alone").click()
        home = "Meine Prüfungen" if name in german else HOMES[role]
        expect(page.get_by_role("heading", name=home)).to_be_visible()
        expect(page.locator("header")).to_contain_text(name)
        assert page.url.startswith(demo.live.url)


def test_a_frame_of_the_lms(demo: Demo, people: Windows, shot: Pictures) -> None:
    page = people.open().tab(demo.live.lms_url)
    one = demo.plan.learners[0]
    _row(page, one.full_name).get_by_role("button", name="In a frame").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="My exams")).to_be_visible()
    looks_right(page, shot, "demo-frame")
    page.get_by_role("link", name="Back to the start page").click()
    expect(page.get_by_role("heading", name="Come in as")).to_be_visible()


@pytest.mark.parametrize(("vendor", "content"), [(PROCTORTRACK, "onboarding"), (RPNOW, "practice")])
def test_the_panel_plays_the_vendor(demo: Demo, people: Windows, vendor: str, content: str) -> None:
    live, course_id = demo.live, demo.course_of(vendor)
    learner = next(one for one in demo.plan.learners if one.course_id == course_id)
    code = live.site.attempt(demo.exams[course_id, content], learner.user_id)["code"]
    page = people.open().tab(live.lms_url)
    panel = page.get_by_role("complementary", name="Play the vendor")
    row = panel.get_by_role("row", name=learner.full_name)
    expect(row).to_contain_text("created")
    row.get_by_role("button", name="ready", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("ready: the hub took it.")
    expect(row).to_contain_text("ready_to_start")
    assert status_of(live, code) == "ready_to_start"
    axe(page)
    fits_narrow(page)
    row.get_by_role("button", name="suspicious", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("review suspicious: the hub answered 200.")
    panel.get_by_role("button", name=f"{vendor} down").click()
    expect(page.get_by_role("status")).to_have_text("down: the sandbox took it.")
    panel.get_by_role("button", name=f"{vendor} up").click()
    expect(page.get_by_role("status")).to_have_text("up: the sandbox took it.")
