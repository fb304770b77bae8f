"""axe-core in the page: WCAG 2.0, 2.1 and 2.2, levels A and AA; and pages as narrow as 320 px."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from playwright.sync_api import Frame, Page

Scheme = Literal["light", "dark"]
NARROW = 320

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
_GRAVE = ("serious", "critical")
# The frames of a page are looked at one by one: those of others would not answer its questions.
_RUN = """tags => axe.run(document, {
  runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}},
  iframes: false, resultTypes: ['violations'],
}).then(result => ({passed: result.passes.length, violations: result.violations}))"""
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth
  if (document.scrollingElement.scrollWidth <= room) return []
  const name = e => e.tagName.toLowerCase() + (e.id && '#' + e.id) + ' ' + e.className
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > room + 0.5)
    .map(e => `${name(e)} reaches ${Math.round(e.getBoundingClientRect().right)} px`)
}"""


def axe(page: Page, schemes: Sequence[Scheme] = ("light", "dark")) -> None:
    """Fail on any serious or critical violation, in the page or a frame of it, light or dark.

    A frame that may run no script is left out: there axe-core cannot run either.
    """
    found: dict[str, None] = {}
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for frame in page.frames:
            if not _is_silent(frame):
                found.update(dict.fromkeys(_violations(frame, scheme)))
    page.emulate_media(color_scheme=None)
    assert not found, f"{page.url} is not accessible:\n" + "\n".join(found)


def fits_narrow(page: Page, width: int = NARROW) -> None:
    """Fail where the page, that wide, has to be scrolled sideways; the size is put back."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": 640})
    too_wide = page.evaluate(_TOO_WIDE)
    room = page.evaluate("() => document.scrollingElement.scrollWidth")
    if before is not None:
        page.set_viewport_size(before)
    assert room <= width, f"{page.url} is {room} px wide at {width} px: {too_wide[:10]}"


def _is_silent(frame: Frame) -> bool:
    if frame.parent_frame is None:
        return False
    sandbox = frame.frame_element().get_attribute("sandbox")
    return sandbox is not None and "allow-scripts" not in sandbox.split()


def _violations(frame: Frame, scheme: Scheme) -> list[str]:
    if not frame.evaluate("() => 'axe' in window"):
        frame.evaluate(_source())
    result = frame.evaluate(_RUN, _TAGS)
    assert result["passed"], f"axe-core looked at nothing in {frame.url}"
    return [
        _line(violation, node, scheme)
        for violation in result["violations"]
        if violation["impact"] in _GRAVE
        for node in violation["nodes"]
    ]


def _line(violation: dict[str, Any], node: dict[str, Any], scheme: Scheme) -> str:
    why = " ".join(str(node.get("failureSummary", "")).split())
    where = " ".join(map(str, node["target"]))
    return (
        f"- {violation['id']} ({violation['impact']}, {scheme}): {where}\n"
        f"  {node['html'][:200]}\n  {why}\n  {violation['helpUrl']}"
    )


@cache
def _source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
