"""Languages by their BCP 47 tags: which texts are tags, which languages stand in for one."""

from __future__ import annotations

import re
from collections.abc import Iterator

TAG_MAX = 35
"""Characters; RFC 5646 advises to have room for so many."""

_TAG = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language
    r"(?:-[a-z]{4})?"  # script
    r"(?:-(?:[a-z]{2}|[0-9]{3}))?"  # region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    r"(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*"  # extensions
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",  # private use
    re.IGNORECASE,
)


def is_language_tag(text: str) -> bool:
    """Whether the text is a well-formed BCP 47 tag that begins with a language."""
    return len(text) <= TAG_MAX and text.isascii() and _TAG.fullmatch(text) is not None


def fallbacks(tag: str) -> Iterator[str]:
    """The tag in lower case, then each time with its last part dropped: de-ch-1996, de-ch, de.

    A part of one character goes with the one behind it (RFC 4647 §3.4). Nothing for no tag.
    """
    parts = tag.lower().split("-") if tag else []
    while parts:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:
            parts.pop()
