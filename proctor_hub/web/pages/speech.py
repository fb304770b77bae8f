"""The languages of the pages: gettext catalogues, English as the text itself.

The hub's own are in ``locale/<tag>.po``. A vendor plugin brings its own texts for what it says.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from proctor_hub.domain.language import fallbacks

ENGLISH = "en"
FOLDER = Path(__file__).with_name("locale")


@dataclass(frozen=True, slots=True)
class Speech:
    """One language: ``say`` for a text, ``count`` for one that depends on a number."""

    tag: str
    translations: Translations

    def say(self, text: str, **values: object) -> str:
        """The text in this language, with ``%(name)s`` filled in."""
        found = self.translations.gettext(text) if text else text
        return found % values if values else found

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """The form for ``number``, which may be named ``%(num)s``."""
        found = self.translations.ngettext(one, many, number)
        return found % {"num": number, **values}


@cache
def known() -> dict[str, Speech]:
    """Every language there is a catalogue for, English first."""
    speeches = {ENGLISH: Speech(ENGLISH, _compiled(Catalog(locale=ENGLISH)))}
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
        speeches[path.stem.lower()] = Speech(path.stem.lower(), _compiled(catalog))
    return speeches


def choose(wanted: Sequence[str]) -> Speech:
    """The first of the wanted languages that there is, ``de-ch`` standing in by ``de``."""
    speeches = known()
    for language in wanted:
        for tag in fallbacks(language):
            if tag in speeches:
                return speeches[tag]
    return speeches[ENGLISH]


def names() -> dict[str, str]:
    """Tag → what the language calls itself, for the choice in the footer."""
    return {tag: Locale.parse(tag.replace("-", "_")).get_display_name() or tag for tag in known()}


def noted(text: str) -> str:
    """Marks a text for the catalogue where it is written down but not yet said."""
    return text


def _compiled(catalog: Catalog) -> Translations:
    file = io.BytesIO()
    write_mo(file, catalog)
    return Translations(io.BytesIO(file.getvalue()))
