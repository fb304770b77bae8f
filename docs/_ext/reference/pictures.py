"""``pages.md``: every page in a picture, as the tests in a browser took it."""

from __future__ import annotations

from pathlib import Path

from . import text

_IMAGES = Path(__file__).resolve().parents[2] / "images"
_INTRO = """
Taken by the tests in Chromium (`PROCTOR_HUB_SCREENSHOTS=1 make test ARGS=tests/browser`).
What one does there: [take an exam](../how-to/take-an-exam.md),
[review](../how-to/review-in-a-browser.md), [operate](../how-to/operate-in-a-browser.md),
[other languages](../how-to/languages.md).
"""
_ROOMS = {
    "learner": "Learners",
    "team": "Course team",
    "support": "Support",
    "operator": "Operators",
    "german": "In German",
    "": "For everybody",
}
"""First word of a picture's name → the heading it stands under."""


def build() -> str:
    """The page."""
    rooms: dict[str, list[str]] = {room: [] for room in _ROOMS}
    for path in sorted(_IMAGES.glob("*.png")):
        first, _, rest = path.stem.partition("-")
        room = first if first in _ROOMS else ""
        rooms[room].append(_picture(path.name, rest if room else path.stem))
    parts = [
        f"## {_ROOMS[room]}\n\n" + "\n\n".join(every) for room, every in rooms.items() if every
    ]
    return text.page("The pages in pictures", _INTRO, *parts)


def _picture(file: str, name: str) -> str:
    words = name.replace("-", " ").capitalize()
    return f"{words}:\n\n![{words}](../images/{file})"
