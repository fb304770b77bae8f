"""Texts for people, written in English where they come up and said in the reader's language later.

``noted`` marks a fixed text for the catalogue. ``told`` is one with values in it: English as a
string, and still able to be said in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol, Self


class Sayer(Protocol):
    """Says a text in a language, in English where it does not know better."""

    def say_in(self, language: str, text: str, values: Mapping[str, object]) -> str:
        """The text with ``%(name)s`` filled in."""


class Told(str):
    """An English text that remembers how it was made.

    :ivar template: the text in the catalogue, with ``%(name)s`` where values go.
    :ivar values: one that is itself ``Told`` is said, too; a point in time is UTC, and on a page of
        the hub in the viewer's zone; any other stands as it is.
    :ivar sayer: whose catalogue has the text; None: the host's.
    """

    template: str
    values: Mapping[str, object]
    sayer: Sayer | None

    def __new__(
        cls,
        template: str,
        values: Mapping[str, object],
        sayer: Sayer | None = None,
        english: str | None = None,
    ) -> Self:
        """``english``: what the string is, where that is not the text with its values."""
        if english is None:
            shown = {name: written(value) for name, value in values.items()}
            english = template % shown if values else template
        made = super().__new__(cls, english)
        made.template, made.values, made.sayer = template, values, sayer
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copied or kept elsewhere, it is its English."""
        return str, (str(self),)


def told(text: str, **values: object) -> Told:
    """A text of the host, with ``%(name)s`` for each value."""
    return Told(text, values)


def worded(word: str, text: str) -> Told:
    """A word of the API that is said as ``text``, a label in the catalogue."""
    return Told(text, {}, None, word)


def written(value: object) -> object:
    """A value as a text has it: of a point in time, the minute in UTC."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return value


def noted(text: str) -> str:
    """Marks a text for the catalogue where it is written down but not yet said."""
    return text


def sentence_of(error: Exception) -> str:
    """An error's message; one that was ``told`` can still be said in another language."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, str) else str(error)
