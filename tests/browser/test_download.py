"""The vendor's software is downloaded, also where its vendor sends that on to another host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Download, expect
from starlette.responses import RedirectResponse, Response

from proctor_hub import Attempt, DownloadPlan, LaunchPlan, hookimpl
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.testing.serving import address_of, open_door, port_of, serving
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import SharedClock
from tests.browser.framing import Framing
from tests.browser.learning import code_of
from tests.browser.live import Live, live
from tests.browser.scenes import come_in, status_of
from tests.browser.windows import Windows
from tests.support import plugin_of
from tests.web.site import COURSE

ACME, PLUGIN = "acme", "acme-download"
SOFTWARE = b"the software"


class AcmeVendor(FakeVendor):
    """Its software is fetched from its own address."""

    @hookimpl
    def launch_session(self, attempt: Attempt) -> LaunchPlan:
        """The download and a step."""
        url = self.settings.base_url + "/download"
        return DownloadPlan(download_url=url, instructions=("Install it.",))


@pytest.fixture
def mirrored() -> Iterator[str]:
    """A vendor whose downloads lie at another host, and there behind another address."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    door = open_door()
    elsewhere = f"http://localhost:{port_of(door)}"

    @app.get("/download")
    def download() -> RedirectResponse:
        return RedirectResponse(f"{elsewhere}/newest", 302)

    @app.get("/newest")
    def newest() -> RedirectResponse:
        return RedirectResponse(f"{elsewhere}/software.bin", 302)

    @app.get("/software.bin")
    def file() -> Response:
        headers = {"Content-Disposition": "attachment; filename=software.bin"}
        return Response(SOFTWARE, media_type="application/octet-stream", headers=headers)

    with serving(app, door):
        yield address_of(door)


@pytest.fixture
def running(
    mirrored: str, sqlite_url: str, tmp_path: Path, clock: SharedClock, other_site: Framing
) -> Iterator[Live]:
    """The hub with that vendor."""
    with live(
        sqlite_url,
        tmp_path,
        clock,
        framed_by=other_site.origin,
        more_vendors={ACME: {"plugin": PLUGIN, "base_url": mirrored}},
        plugins=[plugin_of(PLUGIN, AcmeVendor)],
    ) as started:
        yield started


def test_a_download_that_the_vendor_sends_on(running: Live, people: Windows) -> None:
    running.site.course(vendor=ACME)
    running.site.person("ann", course_id=COURSE)
    exam = running.site.exam(exam_type="practice")
    window = people.open(accept_downloads=True)
    page = window.tab()
    come_in(running, page, "ann", exam)
    page.get_by_role("button", name="Practise now").click()
    button = page.get_by_role("button", name="Download the proctoring software")
    # It begins by itself, maybe before anybody looks at the new tab.
    begun: list[Download] = []
    window.context.once(
        "page", lambda tab: tab.once("download", lambda download: begun.append(download))
    )
    with window.context.expect_page() as opened:
        button.click()
    tab = opened.value
    expect(tab.get_by_role("heading", name="Opening your page")).to_be_visible()
    if not begun:
        begun.append(tab.wait_for_event("download"))
    assert begun[0].suggested_filename == "software.bin"
    assert Path(begun[0].path()).read_bytes() == SOFTWARE
    # The page stays, with the same by hand.
    axe(tab)
    fits_narrow(tab)
    with tab.expect_download() as again:
        tab.get_by_role("link", name="Download the proctoring software").click()
    assert Path(again.value.path()).read_bytes() == SOFTWARE
    # The page with the steps is as it was, and the hub knows that the learner went there.
    expect(button).not_to_have_attribute("aria-busy", "true")
    assert status_of(running, code_of(running, exam)) == "download_software_clicked"
