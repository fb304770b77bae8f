"""What the tests of learners' pages share: how a page must be, and the steps on the way."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page, expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import values_of
from tests.browser.vendors import PROCTORTRACK
from tests.browser.windows import Window
from tests.web.site import COURSE

HEAVIEST = 100_000
"""Bytes over the wire that no page may exceed, with everything it uses."""


def code_of(live: Live, exam: int, user_id: str = "ann") -> str:
    """The code of the learner's newest attempt."""
    found = live.site.ok("GET", f"/courses/{COURSE}/attempts?exam_id={exam}&user_id={user_id}")
    return str(found["items"][0]["code"])


def history_of(live: Live, code: str) -> list[str]:
    """The statuses an attempt went through."""
    found = live.site.ok("GET", f"/attempts/{code}/history")
    return [str(one["to_status"]) for one in found["items"]]


class Looks:
    """Looks at pages of one window: accessible, narrow, light, and without what learners must not
    see.

    :ivar secrets: what no page may hold, such as the vendor's id of an attempt.
    """

    def __init__(self, window: Window, shot: Pictures, secrets: Sequence[str] = ()) -> None:
        """:param secrets: to begin with."""
        self._window = window
        self._shot = shot
        self.secrets = list(secrets)

    def __call__(self, page: Page, name: str = "") -> None:
        """Look at the page; a name also takes its picture."""
        axe(page)
        fits_narrow(page)
        text = page.content()
        assert not [one for one in self.secrets if one in text], page.url
        if name:
            self._shot(page, name)
        self._weigh(page)

    def _weigh(self, page: Page) -> None:
        """As for a browser that has kept nothing."""
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.reload(wait_until="networkidle")
        weight = self._window.watch.weight(page.url)
        session.detach()
        assert 1000 < weight < HEAVIEST, f"{page.url}: {weight} bytes"


def submit(page: Page, result: str = "Pending") -> None:
    """End the exam and confirm it."""
    page.get_by_role("button", name="End my exam").click()
    page.get_by_role("button", name="Yes, submit my exam").click()
    expect(page.locator("main")).to_contain_text(result)


def take_with_download(
    live: Live, page: Page, exam: int, looks: Looks | None = None, result: str = "Pending"
) -> str:
    """From Proctortrack's set-up to the submission; the attempt's code."""
    expect(page.locator("ol.steps li").first).to_be_visible()
    code = code_of(live, exam)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Download the proctoring software").click()
    opened.value.wait_for_url(f"{live.sandbox_urls[PROCTORTRACK]}/**")
    opened.value.close()
    if looks is not None:
        looks.secrets.append(live.site.external_id(code))
        looks(page, "learner-setup-download")
    live.sandboxes[PROCTORTRACK].make_ready(values_of(live, code))
    page.get_by_role("button", name="Start the exam").wait_for()
    if looks is not None:
        looks(page, "learner-ready")
    page.get_by_role("button", name="Start the exam").click()
    expect(page.locator("#clock-left")).to_be_visible()
    submit(page, result)
    return code
