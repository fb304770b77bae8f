"""Texts for people, written in English where they come up and said in the reader's language later.

``noted`` marks a fixed text for the catalogue. ``told`` is one with values in it: English as a
string, and still able to be said in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self


class Sayer(Protocol):
    """Says a text in a language, in English where it does not know better."""

    def say_in(self, language: str, text: str, values: Mapping[str, object]) -> str:
        """The text with ``%(name)s`` filled in."""


class Told(str):
    """An English text that remembers how it was made.

    :ivar template: the text in the catalogue, with ``%(name)s`` where values go.
    :ivar values: one that is itself ``Told`` is said, too; any other stands as it is.
    :ivar sayer: whose catalogue has the text; None: the host's.
    """

    template: str
    values: Mapping[str, object]
    sayer: Sayer | None

    def __new__(
        cls, template: str, values: Mapping[str, object], sayer: Sayer | None = None
    ) -> Self:
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values, made.sayer = template, values, sayer
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copied or kept elsewhere, it is its English."""
        return str, (str(self),)


def told(text: str, **values: object) -> Told:
    """A text of the host, with ``%(name)s`` for each value."""
    return Told(text, values)


def noted(text: str) -> str:
    """Marks a text for the catalogue where it is written down but not yet said."""
    return text


def sentence_of(error: Exception) -> str:
    """An error's message; one that was ``told`` can still be said in another language."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, str) else str(error)
