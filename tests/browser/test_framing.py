"""What Chromium does with cookies in a frame of another site: the ground the sign-in stands on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from playwright.sync_api import FrameLocator, expect
from starlette.responses import HTMLResponse

from proctor_hub.testing.serving import address_of, open_door, serving
from tests.browser.accessibility import axe
from tests.browser.framing import Framing
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import launch_link
from tests.browser.vendors import PROCTORTRACK
from tests.browser.windows import Window, Windows
from tests.jobs.mail.sink import certificate
from tests.web.site import COURSE


@pytest.fixture
def cookies(tmp_path: Path) -> Iterator[str]:
    """A page over TLS that says which cookies came, and sets one of each kind."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/")
    def page(request: Request) -> HTMLResponse:
        answer = HTMLResponse(
            '<link rel="icon" href="data:,"><p>' + " ".join(sorted(request.cookies)) + "</p>"
        )
        for name, kind in (("third", ""), ("own", "; Partitioned")):
            value = f"{name}=1; Secure; HttpOnly; SameSite=None; Path=/; Max-Age=600{kind}"
            answer.headers.append("Set-Cookie", value)
        return answer

    trusted, _ = certificate(tmp_path)
    door = open_door()
    with serving(app, door, secured=trusted):
        yield address_of(door, "https")


def _second_visit(window: Window, address: str) -> FrameLocator:
    page = window.tab(address)
    frame = page.frame_locator("iframe[name=exam]")
    expect(frame.locator("p")).to_be_attached()
    page.reload()
    return frame


def test_partitioned_cookies_alone_are_kept_in_a_frame(
    cookies: str, other_site: Framing, people: Windows
) -> None:
    frame = _second_visit(people.open(), other_site.page(cookies))
    expect(frame.locator("p")).to_have_text("own")


def test_a_partitioned_cookie_is_not_seen_in_a_tab(
    cookies: str, other_site: Framing, people: Windows
) -> None:
    window = people.open()
    _second_visit(window, other_site.page(cookies))
    tab = window.tab(cookies)
    expect(tab.locator("p")).to_have_text("")
    tab.reload()
    expect(tab.locator("p")).to_have_text("own third")


def test_over_tls_a_person_stays_signed_in_within_a_frame_of_another_site(
    running_secured: Live, people: Windows, other_site: Framing
) -> None:
    _team(running_secured)
    link = launch_link(running_secured, "tom", "course", course_id=COURSE)
    page = people.open().tab(other_site.page(link))
    frame = page.frame_locator("iframe[name=exam]")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Exams")
    expect(frame.get_by_role("button", name="Open in a tab of its own")).to_be_visible()


def test_from_a_frame_a_tab_of_its_own_is_signed_in_too(
    running_secured: Live, people: Windows, other_site: Framing
) -> None:
    _team(running_secured)
    link = launch_link(running_secured, "tom", "course", course_id=COURSE)
    window = people.open()
    page = window.tab(other_site.page(link))
    frame = page.frame_locator("iframe[name=exam]")
    frame.get_by_role("button", name="Open in a tab of its own").click()
    with window.context.expect_page() as opened:
        frame.get_by_role("link", name="Open in a new tab").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Exams")


def test_where_the_browser_refuses_the_cookie_the_page_goes_on_in_a_new_tab(
    running: Live, people: Windows, other_site: Framing, shot: Pictures
) -> None:
    _team(running)
    link = launch_link(running, "tom", "course", course_id=COURSE)
    window = people.open()
    page = window.tab()
    with window.context.expect_page() as opened:
        page.goto(other_site.page(link))
        frame = page.frame_locator("iframe[name=exam]")
        expect(frame.get_by_role("heading", level=1)).to_have_text("Go on in a new tab")
        expect(frame.get_by_role("link", name="Open in a new tab")).to_be_visible()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Exams")
    axe(page)
    shot(page, "new-tab")


def test_a_page_about_no_course_is_shown_in_no_frame(
    running_secured: Live, people: Windows, other_site: Framing
) -> None:
    _team(running_secured)
    link = launch_link(running_secured, "tom", "home")
    window = people.open()
    window.watch.expect("frame-ancestors")
    with window.context.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page = window.tab(other_site.page(link))
    frame = page.frame_locator("iframe[name=exam]")
    expect(frame.get_by_role("heading", name="Courses")).to_have_count(0)


def _team(live: Live) -> None:
    live.site.course(vendor=PROCTORTRACK, escalation_email="team@x.test")
    live.site.team("tom")
