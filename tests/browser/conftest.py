"""Chromium, the hub in front of it, and windows for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.chromium import chromium
from tests.browser.clocks import SharedClock
from tests.browser.framing import Framing, framing
from tests.browser.live import Live, live
from tests.browser.pictures import Pictures
from tests.browser.windows import WAIT_MS, Windows, windows
from tests.jobs.mail.sink import certificate


# Of the package, not of the session: while it runs, this thread has a running event loop, which no
# other test expects.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver, from the first browser test to the last one."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium as it comes."""
    with chromium(playwright) as started:
        yield started


@pytest.fixture
def clock() -> SharedClock:
    """What time it is for everybody; ``people.move`` moves it."""
    return SharedClock()


# Started before any window is opened, so that they end after the last one was closed: a server
# has nothing to wait for then.
_SERVERS = ("running", "running_alone", "running_on_postgresql", "running_secured", "other_site")


@pytest.fixture
def people(
    request: pytest.FixtureRequest, browser: Browser, clock: SharedClock
) -> Iterator[Windows]:
    """Windows; those of a test that succeeds are checked when it is over.

    A test that has servers of its own names their fixtures before this one.
    """
    for name in _SERVERS:
        if name in request.fixturenames:
            request.getfixturevalue(name)
    with windows(browser, clock) as opened:
        yield opened


@pytest.fixture
def page(people: Windows) -> Page:
    """A tab of somebody's window."""
    return people.open().tab()


@pytest.fixture
def running(
    sqlite_url: str, tmp_path: Path, clock: SharedClock, other_site: Framing
) -> Iterator[Live]:
    """The hub with vendors, LMS and mailbox."""
    with live(sqlite_url, tmp_path, clock, framed_by=other_site.origin) as started:
        yield started


@pytest.fixture
def running_alone(
    sqlite_url: str, tmp_path: Path, clock: SharedClock, other_site: Framing
) -> Iterator[Live]:
    """The same, with the hub's own exam page instead of the LMS's."""
    framed_by = other_site.origin
    with live(sqlite_url, tmp_path, clock, framed_by=framed_by, own_exam_page=True) as started:
        yield started


@pytest.fixture
def running_on_postgresql(
    postgresql_url: str, tmp_path: Path, clock: SharedClock, other_site: Framing
) -> Iterator[Live]:
    """The same on PostgreSQL."""
    with live(postgresql_url, tmp_path, clock, framed_by=other_site.origin) as started:
        yield started


@pytest.fixture
def running_secured(
    sqlite_url: str,
    tmp_path: Path,
    clock: SharedClock,
    other_site: Framing,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Live]:
    """The same behind TLS, with a certificate that everybody around it trusts."""
    trusted, _ = certificate(tmp_path)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(trusted))
    origin = other_site.origin
    with live(sqlite_url, tmp_path, clock, framed_by=origin, secured=trusted) as started:
        yield started


@pytest.fixture
def shot(tmp_path: Path) -> Pictures:
    """Takes pictures: ``shot(page, "attempts")``."""
    return Pictures(tmp_path / "images")


@pytest.fixture
def other_site() -> Iterator[Framing]:
    """A course page of another site that shows the hub in a frame."""
    with framing() as started:
        yield started
