"""Debian's Chromium, driven by Playwright; nothing is downloaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Playwright

VARIABLE = "PROCTOR_HUB_TEST_CHROMIUM"

# Without these it asks its maker's servers for this and that at every start.
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def path() -> str:
    """Where Chromium is; without it the test fails."""
    found = os.environ.get(VARIABLE)
    if not found:
        pytest.fail(f"{VARIABLE} is not set: run make test", pytrace=False)
    return found


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser without a window, with a profile of its own.

    Its contexts are incognito, so it refuses third parties' cookies, unless they are partitioned.
    """
    # The superuser has no sandbox to be put into.
    arguments = [*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    browser = playwright.chromium.launch(executable_path=path(), args=arguments, headless=True)
    try:
        yield browser
    finally:
        browser.close()
