"""A language in which every text of the catalogue stands in ⟦brackets⟧, and what stands outside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog
from jinja2 import Environment, nodes

from proctor_hub.testing.catalogues import extracted
from proctor_hub.texts import Speech, compiled
from proctor_hub.web.pages import speech
from scripts.catalogue import PACKAGES

TAG = "eo"
"""Of a language that is known to Babel, and has no catalogue here."""

SAID = ("aria-label", "title", "alt", "placeholder", "data-copied")
"""Attributes that people read or hear."""

DATA = {"code", "pre", "time", "textarea", "script", "style"}
"""Elements that hold no text of the hub."""

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_BETWEEN = "\x1f"
_BRACKETS = re.compile(r"⟦[^⟦⟧]*⟧")


def speak_in_brackets(patch: pytest.MonkeyPatch) -> None:
    """Have the pages know the language."""
    catalog = Catalog(locale=TAG)
    for message in extracted(speech.PACKAGE, PACKAGES[speech.PACKAGE]):
        if message.id:
            texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
            said = tuple(f"⟦{one}⟧" for one in texts)
            catalog.add(message.id, said if len(said) > 1 else said[0])
    speeches = speech.known()
    assert isinstance(speeches, dict)
    patch.setitem(speeches, TAG, Speech(TAG, compiled(catalog)))


def outside(page: str, data: re.Pattern[str]) -> list[str]:
    """Texts of a page that did not come from the catalogue and are no data."""
    # A text with a link in it is one text of the catalogue, and several of the page.
    rest = data.sub(" ", _BETWEEN.join(texts_of(page)))
    while _BRACKETS.search(rest):
        rest = _BRACKETS.sub(" ", rest)
    return [text for text in rest.split(_BETWEEN) if _LETTERS.search(text)]


def texts_of(page: str) -> list[str]:
    """What a person reads or hears, text by text."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.texts


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # A button that names a language is in that language.
        if (tag in DATA or (tag != "html" and "lang" in given)) and not self._skipped:
            self._skipped.append(tag)
        elif not self._skipped:
            self.texts += [value for name in SAID if (value := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if self._skipped and self._skipped[-1] == tag:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._skipped:
            self.texts.append(text)


_BLOCKS = (
    (re.compile(r"\{#.*?#\}", re.DOTALL), ""),
    (re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL), "0"),
    (re.compile(r"\{%.*?%\}", re.DOTALL), ""),
    (re.compile(r"\{\{.*?\}\}", re.DOTALL), "0"),
)


def written(template: str) -> list[str]:
    """Texts that stand in a template as they are, in whatever branch."""
    for block, instead in _BLOCKS:
        template = block.sub(instead, template)
    return [text for text in texts_of(template) if _LETTERS.search(text)]


def shown(template: str, environment: Environment) -> Iterator[str]:
    """Texts within the braces of a template that go to the page as they are."""
    for output in environment.parse(template).find_all(nodes.Output):
        for node in output.nodes:
            yield from _ends(node)


def _ends(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        # A class, an address or a sign, not a text: those have a space or begin with a capital.
        if re.search(r"[^\W\d_]+ [^\W\d_]+|^[A-Z][a-z]", node.value):
            yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _ends(node.expr1)
        if node.expr2 is not None:
            yield from _ends(node.expr2)
    elif isinstance(node, nodes.Or | nodes.And | nodes.Add):
        yield from _ends(node.left)
        yield from _ends(node.right)
    elif isinstance(node, nodes.Concat):
        for one in node.nodes:
            yield from _ends(one)
    elif isinstance(node, nodes.Call) and not _is_said(node):
        for one in [*node.args, *(pair.value for pair in node.kwargs)]:
            yield from _ends(one)


def _is_said(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext")


def data(words: Mapping[str, object] | tuple[str, ...]) -> re.Pattern[str]:
    """What is no text of the hub: these words, addresses, moments, sizes, codes."""
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)(?:{named})(?!\w)|https?://\S+|[\w.+-]+@[\w.-]+|\d{{4}}-\d\d-\d\d \d\d:\d\d UTC"
        r"|\d[\d.]* (?:Bytes?|kB|MB)|\b[\w-]{16,}\b|(?<!\w)/[\w/{}.:+-]+"
    )
