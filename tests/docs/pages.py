"""The pages people read in the repository, and what the tests look for in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.MULTILINE)
_LABEL = re.compile(r"^\((?P<name>[^)]+)\)=$", re.MULTILINE)


def all_pages() -> list[Path]:
    """Every Markdown page of the repository that is ours to keep right."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("plugins/*/README.md"), *DOCS.rglob("*.md")]
    return sorted(path for path in found if "_build" not in path.parts)


def read(name: str) -> str:
    """A page under ``docs/``."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    text = page.read_text(encoding="utf-8")
    return [found["body"] for found in _FENCE.finditer(text) if found["kind"].strip() == kind]


def links(page: Path) -> list[str]:
    """The targets of a page's links, pictures left out, code left out."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return [found["target"] for found in _LINK.finditer(re.sub(r"`[^`\n]*`", "", text))]


def anchors(page: Path) -> set[str]:
    """What can stand after ``#`` in a link to the page."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = {_slug(found["text"]) for found in _HEADING.finditer(text)}
    return headings | {found["name"] for found in _LABEL.finditer(text)}


def _slug(heading: str) -> str:
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return words.replace(" ", "-")
