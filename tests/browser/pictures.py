"""Pictures of pages for the documentation, taken by the tests that look at the same pages."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

VARIABLE = "PROCTOR_HUB_SCREENSHOTS"
FOLDER = Path(__file__).parents[2] / "docs" / "images"
SIZE = (1280, 800)


class Pictures:
    """Takes pictures; only with ``PROCTOR_HUB_SCREENSHOTS=1`` into the documentation.

    :param scratch: where they go otherwise.
    """

    def __init__(self, scratch: Path) -> None:
        self.folder = FOLDER if os.environ.get(VARIABLE) == "1" else scratch

    def __call__(self, page: Page, name: str) -> Path:
        """Write ``<name>.png`` of the page as it is, 1280x800 and light; the window's size is put
        back."""
        before = page.viewport_size
        page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        page.emulate_media(color_scheme="light")
        page.screenshot(path=path, animations="disabled", caret="hide", scale="css")
        page.emulate_media(color_scheme=None)
        if before is not None:
            page.set_viewport_size(before)
        return path
