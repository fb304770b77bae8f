"""The exam page and a vendor's software on the same machine: a form to post, and a heartbeat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from proctor_hub import OnLoss
from proctor_hub.services.access import clients, tokens
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.testing.fake_vendor import ready_path
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.acme import ACME, TICKET, AcmeVendor, Software, entrance, software
from tests.browser.clocks import SharedClock
from tests.browser.framing import Framing
from tests.browser.live import Live, live
from tests.browser.pictures import Pictures
from tests.browser.scenes import come_in, status_of
from tests.browser.windows import Windows
from tests.support import OPERATOR, plugin_of
from tests.web.site import COURSE

# Seconds left of five minutes, and of three; the browser's clock goes on meanwhile.
FRESH, HALF = re.compile(r"^(300|2[5-9]\d) s$"), re.compile(r"^1[3-8]\d s$")
REFUSED = "ERR_CONNECTION_REFUSED"


@pytest.fixture
def tool() -> Iterator[Software]:
    """The vendor's software, which runs."""
    with software() as running:
        yield running


@pytest.fixture
def acme(
    request: pytest.FixtureRequest,
    tool: Software,
    sqlite_url: str,
    tmp_path: Path,
    clock: SharedClock,
    other_site: Framing,
) -> Iterator[Any]:
    """The hub with that vendor; ``live``, and what browsers ``posted`` to it.

    Its parameter says what follows from a loss.
    """
    posted: list[dict[str, str]] = []
    with entrance(posted) as url:
        account = {
            "plugin": "acme-form",
            "base_url": url,
            "heartbeat_url": tool.url,
            "on_loss": getattr(request, "param", OnLoss.SUBMIT),
        }
        with live(
            sqlite_url,
            tmp_path,
            clock,
            framed_by=other_site.origin,
            own_exam_page=True,
            more_vendors={ACME: account},
            plugins=[plugin_of("acme-form", AcmeVendor)],
        ) as started:
            yield SimpleNamespace(live=started, posted=posted, url=url)


def _set_up(live: Live, page: Page) -> str:
    """Ann's practice exam, up to the vendor's steps; its attempt's code."""
    live.site.course(vendor=ACME)
    live.site.person("ann", course_id=COURSE)
    exam = live.site.exam(exam_type="practice")
    come_in(live, page, "ann", exam)
    page.get_by_role("button", name="Practise now").click()
    expect(page.get_by_role("button", name="Open the proctoring software")).to_be_visible()
    found = live.site.ok("GET", f"/courses/{COURSE}/attempts?exam_id={exam}")
    return str(found["items"][0]["code"])


def _say_ready(live: Live, code: str) -> None:
    client = live.site
    answer = client.http.post(
        ready_path(client.external_id(code)),
        content=b"{}",
        headers={"Authorization": f"JWT {_token(live)}"},
    )
    assert answer.status_code == 200, answer.text


def _token(live: Live) -> str:
    made = clients.create(live.hub, OPERATOR, ClientKind.VENDOR, vendor=ACME)
    return tokens.access_token(live.hub, made.client).text


def _start(live: Live, page: Page) -> str:
    """The same exam, with its clock running."""
    code = _set_up(live, page)
    _say_ready(live, code)
    page.get_by_role("button", name="Start the exam").click()
    expect(page.locator("#clock-left")).to_be_visible()
    return code


def test_a_form_is_posted_to_the_vendor(acme: Any, people: Windows, shot: Pictures) -> None:
    page = people.open().tab()
    _set_up(acme.live, page)
    axe(page)
    fits_narrow(page)
    shot(page, "learner-setup-form")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open the proctoring software").click()
    expect(opened.value.get_by_role("heading", name="Show your room")).to_be_visible()
    assert acme.posted == [{"ticket": TICKET}]
    assert opened.value.evaluate("() => document.referrer") == ""


def test_silence_is_told_and_the_software_may_come_back(
    acme: Any, tool: Software, people: Windows, shot: Pictures
) -> None:
    window = people.open()
    window.watch.expect(REFUSED)
    page = window.tab()
    code = _start(acme.live, page)
    expect(page.locator("#heartbeat")).to_be_hidden()
    tool.stop()
    people.move(seconds=10)
    expect(page.locator("#heartbeat-alert")).to_contain_text("Open it again now")
    expect(page.locator("#heartbeat-left")).to_have_text(FRESH)
    axe(page)
    fits_narrow(page)
    shot(page, "learner-software-silent")
    people.move(minutes=2)
    expect(page.locator("#heartbeat-left")).to_have_text(HALF)
    page.reload()
    # The time it was silent for is not forgotten.
    expect(page.locator("#heartbeat-left")).to_have_text(HALF)
    asked = tool.asked
    tool.start()
    people.move(seconds=1)
    expect(page.locator("#heartbeat")).to_be_hidden()
    assert tool.asked > asked
    tool.stop()
    people.move(seconds=10)
    expect(page.locator("#heartbeat-left")).to_have_text(FRESH)
    assert status_of(acme.live, code) == "started"


def test_lost_software_ends_the_exam(acme: Any, tool: Software, people: Windows) -> None:
    window = people.open()
    window.watch.expect(REFUSED)
    page = window.tab()
    code = _start(acme.live, page)
    tool.stop()
    people.move(seconds=10)
    expect(page.locator("#heartbeat-alert")).to_contain_text("submitted as it stands")
    people.move(minutes=5)
    expect(page.locator("main")).to_contain_text("your exam has ended")
    expect(page.locator("main")).to_contain_text("it was submitted as it stood")
    assert status_of(acme.live, code) == "submitted"
    axe(page)


@pytest.mark.parametrize("acme", [OnLoss.ERROR], indirect=True)
def test_a_loss_without_a_connection_is_told_when_it_is_back(
    acme: Any, tool: Software, people: Windows, shot: Pictures
) -> None:
    window = people.open()
    # The page asks the software until it is left: before and after, that refuses.
    window.watch.expect(f"ERR_INTERNET_DISCONNECTED|{REFUSED}")
    page = window.tab()
    code = _start(acme.live, page)
    tool.stop()
    window.context.set_offline(True)
    people.move(seconds=10)
    expect(page.locator("#heartbeat-alert")).to_contain_text("else your exam is stopped")
    people.move(minutes=5)
    expect(page.locator("#heartbeat-alert")).to_contain_text("your exam ends now")
    assert status_of(acme.live, code) == "started"
    window.context.set_offline(False)
    people.move(seconds=5)
    expect(page.locator("main")).to_contain_text("Something went wrong")
    expect(page.locator("main")).to_contain_text("reported a fault, or did not answer any more")
    assert status_of(acme.live, code) == "error"
    axe(page)
    shot(page, "learner-error")
