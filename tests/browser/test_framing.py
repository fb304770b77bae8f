"""What Chromium does with cookies in a frame of another site: the ground the sign-in stands on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from playwright.sync_api import FrameLocator, expect
from starlette.responses import HTMLResponse

from tests.browser.framing import Framing
from tests.browser.live import Live
from tests.browser.serving import address_of, open_door, serving
from tests.browser.windows import Window, Windows
from tests.jobs.mail.sink import certificate


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


def test_the_hub_is_shown_in_a_frame_over_tls(
    running_secured: Live, people: Windows, other_site: Framing
) -> None:
    page = people.open().tab(other_site.page(f"{running_secured.url}/exams/x"))
    frame = page.frame_locator("iframe[name=exam]")
    expect(frame.get_by_role("heading", name="Go on in your course")).to_be_visible()
