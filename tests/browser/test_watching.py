"""The eyes of the browser tests see what they are meant to see: each is shown an offence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page
from starlette.responses import HTMLResponse, Response

from proctor_hub.testing.serving import address_of, open_door, serving
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.pictures import SIZE, Pictures
from tests.browser.watching import Watch
from tests.browser.windows import Windows
from tests.support import START, FakeClock

_HEAD = '<html lang="en"><head><title>T</title><link rel="icon" href="data:,"></head>'
PAGES = {
    "fine": f"<!doctype html>{_HEAD}<body><main><h1>T</h1></main></body></html>",
    "throws": "<script>throw new Error('spoilt')</script>",
    "complains": "<script>console.error('spoilt')</script>",
    "missing": '<img src="/nowhere.png" alt="">',
    "stranger": '<img src="http://stranger.invalid/x.png" alt="">',
    "unlabelled": f"<!doctype html>{_HEAD}<body><main><h1>T</h1><input></main></body></html>",
    "pale in the dark": f"""<!doctype html>{_HEAD}<style>body {{ background: #fff; color: #222 }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111 }} }}</style>
<body><main><h1>T</h1><p>Text</p></main></body></html>""",
    "framed": f"""<!doctype html>{_HEAD}<body><main><h1>T</h1>
<iframe title="inner" src="/unlabelled"></iframe></main></body></html>""",
    "wide": '<div id="table" style="width: 500px">wide</div>',
    "heavy": '<img src="/picture" alt="">',
}
WEIGHT = 50_000


@contextmanager
def _served() -> Iterator[str]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/picture")
    def picture() -> Response:
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><!--{"x" * WEIGHT}--></svg>'
        return Response(svg, media_type="image/svg+xml")

    @app.get("/{name}")
    def page(name: str) -> HTMLResponse:
        return HTMLResponse(PAGES.get(name, ""), 200 if name in PAGES else 404)

    door = open_door()
    with serving(app, door):
        yield address_of(door)


@pytest.fixture
def pages() -> Iterator[str]:
    """Where the pages are."""
    with _served() as address:
        yield address


@pytest.fixture
def watched(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """A page with an eye on it that does not fail the test by itself."""
    context = browser.new_context()
    watch = Watch(context)
    yield context.new_page(), watch
    context.close()


def test_a_fine_page_passes(pages: str, watched: tuple[Page, Watch]) -> None:
    page, watch = watched
    page.goto(f"{pages}/fine")
    axe(page)
    fits_narrow(page)
    watch.check()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("throws", "spoilt"),
        ("complains", "spoilt"),
        ("missing", "status of 404"),
        ("stranger", "leave this machine.*stranger.invalid"),
    ],
)
def test_an_offence_is_seen(pages: str, watched: tuple[Page, Watch], name: str, said: str) -> None:
    page, watch = watched
    page.goto(f"{pages}/{name}")
    with pytest.raises(AssertionError, match=said):
        watch.check()


def test_an_error_that_is_meant_must_happen(pages: str, watched: tuple[Page, Watch]) -> None:
    page, watch = watched
    watch.expect("status of 404")
    with pytest.raises(AssertionError, match=r"not there.*status of 404"):
        watch.check()
    page.goto(f"{pages}/missing")
    watch.check()


def test_a_tab_that_a_page_opens_is_seen_too(pages: str, watched: tuple[Page, Watch]) -> None:
    page, watch = watched
    page.goto(f"{pages}/fine")
    with page.expect_popup() as opened:
        page.evaluate("() => { window.open('/complains') }")
    opened.value.wait_for_load_state()
    with pytest.raises(AssertionError, match="spoilt"):
        watch.check()


@pytest.mark.parametrize("name", ["unlabelled", "framed"])
def test_axe_sees_what_is_not_accessible(
    pages: str, watched: tuple[Page, Watch], name: str
) -> None:
    page, _ = watched
    page.goto(f"{pages}/{name}")
    with pytest.raises(AssertionError, match=r"label \(critical, light\): input"):
        axe(page)


def test_axe_looks_in_the_dark(pages: str, watched: tuple[Page, Watch]) -> None:
    page, _ = watched
    page.goto(f"{pages}/pale in the dark")
    axe(page, ["light"])
    with pytest.raises(AssertionError, match=r"color-contrast \(serious, dark\)"):
        axe(page)


def test_a_wide_page_is_seen(pages: str, watched: tuple[Page, Watch]) -> None:
    page, _ = watched
    page.goto(f"{pages}/wide")
    with pytest.raises(AssertionError, match="div#table"):
        fits_narrow(page)


def test_a_page_is_weighed_with_all_it_loads(pages: str, watched: tuple[Page, Watch]) -> None:
    page, watch = watched
    page.goto(f"{pages}/heavy", wait_until="networkidle")
    assert WEIGHT < watch.weight(page.url) < WEIGHT + 2000
    page.goto(f"{pages}/fine", wait_until="networkidle")
    assert 0 < watch.weight(page.url) < 2000


def test_clocks_move_together(pages: str, people: Windows, clock: FakeClock) -> None:
    page = people.open().tab(f"{pages}/fine")
    page.evaluate("() => { setTimeout(() => document.title = 'rung', 60 * 60 * 1000) }")
    people.move(minutes=59)
    assert page.title() == "T"
    people.move(minutes=2)
    assert page.title() == "rung"
    assert (clock() - START).total_seconds() == 61 * 60
    assert abs(page.evaluate("() => Date.now()") / 1000 - clock().timestamp()) < 30


def test_pictures_have_one_size(
    pages: str, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROCTOR_HUB_SCREENSHOTS", raising=False)
    page.goto(f"{pages}/fine")
    page.set_viewport_size({"width": 400, "height": 400})
    path = Pictures(tmp_path)(page, "a-page")
    header = path.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == SIZE
    assert page.viewport_size == {"width": 400, "height": 400}


def test_pictures_stay_out_of_the_documentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROCTOR_HUB_SCREENSHOTS", raising=False)
    assert Pictures(tmp_path).folder == tmp_path
    monkeypatch.setenv("PROCTOR_HUB_SCREENSHOTS", "1")
    assert Pictures(tmp_path).folder.parts[-2:] == ("docs", "images")
