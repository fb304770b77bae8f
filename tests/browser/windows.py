"""Windows that people sit before: cookies of their own, a clock, and an eye on every tab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.pictures import SIZE
from tests.browser.watching import Watch
from tests.support import FakeClock

WAIT_MS = 20_000
"""How long Playwright waits for what a test expects; the machine may be busy."""


class Window:
    """The browser of one person: ``tab()`` opens pages in it, ``watch`` sees all of them."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.watch = Watch(context)

    def tab(self, address: str | None = None) -> Page:
        """A new tab, at an address where one is given."""
        page = self.context.new_page()
        if address is not None:
            page.goto(address)
        return page


class Windows:
    """Opens windows and moves the clock of all of them with the hub's.

    :param clock: what time it is, also for the browsers, whose timers go on by themselves.
    """

    def __init__(self, browser: Browser, clock: FakeClock) -> None:
        self._browser = browser
        self._clock = clock
        self._open: list[Window] = []

    def open(self, *, wrong_by: timedelta = timedelta(), **options: Any) -> Window:
        """A window without cookies.

        :param wrong_by: how much its clock is fast. :param options: of Playwright's contexts, such
            as ``locale``, ``timezone_id``, ``color_scheme``, ``permissions``.
        """
        usual: dict[str, Any] = {
            "viewport": {"width": SIZE[0], "height": SIZE[1]},
            "locale": "en-US",
            # Not UTC: a time that was not put into the viewer's zone shall be seen.
            "timezone_id": "Europe/Berlin",
            "reduced_motion": "reduce",
            # The certificate of a test signs itself.
            "ignore_https_errors": True,
        }
        context = self._browser.new_context(**(usual | options))
        context.set_default_timeout(WAIT_MS)
        context.clock.install(time=self._clock() + wrong_by)
        window = Window(context)
        self._open.append(window)
        return window

    def move(self, **delta: float) -> None:
        """Time passes, by ``timedelta(**delta)``: at the hub, its vendors and in every window.

        Timers of a page that come due in between fire once, as after a laptop's sleep. A page that
        is shown already may still be without its scripts: the timers they will start come first.
        """
        for window in self._open:
            for page in window.context.pages:
                page.wait_for_load_state("domcontentloaded")
        self._clock.move(**delta)
        for window in self._open:
            window.context.clock.fast_forward(round(timedelta(**delta) / timedelta(milliseconds=1)))

    def close(self) -> None:
        """Close all of them."""
        for window in self._open:
            window.context.close()

    def check(self) -> None:
        """:raises AssertionError: as of :meth:`Watch.check`."""
        for window in self._open:
            window.watch.check()


@contextmanager
def windows(browser: Browser, clock: FakeClock) -> Iterator[Windows]:
    """Windows that are closed afterwards, and checked where the block succeeded."""
    opened = Windows(browser, clock)
    try:
        yield opened
        opened.check()
    finally:
        opened.close()
