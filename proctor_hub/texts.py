"""Texts in several languages: gettext catalogues (``<tag>.po``), English being the text itself."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from proctor_hub.domain.language import fallbacks
from proctor_hub.domain.told import Told, written

ENGLISH = "en"
FOLDER = "locale"


class Speech:
    """One language of a package's texts; ``tag`` names it."""

    def __init__(self, tag: str, translations: Translations) -> None:
        self.tag = tag
        self.translations = translations

    def say(self, text: str, **values: object) -> str:
        """The text in this language, with ``%(name)s`` filled in."""
        if isinstance(text, Told):
            return self._said(text)
        found = self.translations.gettext(text) if text else text
        return found % values if values else found

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """The form for ``number``, which may be named ``%(num)s``."""
        found = self.translations.ngettext(one, many, number)
        return found % {"num": number, **values}

    def _said(self, told: Told) -> str:
        values = {
            name: self._said(value) if isinstance(value, Told) else written(value)
            for name, value in told.values.items()
        }
        if told.sayer is not None:
            return told.sayer.say_in(self.tag, told.template, values)
        return self.say(str(told.template), **values)


class Texts:
    """What one package says to people: its English texts and its catalogues in ``locale/``."""

    def __init__(self, speeches: Mapping[str, Speech]) -> None:
        """``speeches``: by tag in lower case, English among them. Authors use :meth:`of`."""
        self.speeches = speeches

    @staticmethod
    def of(package: str) -> Texts:
        """The texts of a package: ``TEXTS = Texts.of("proctor_hub_acme")``.

        Reads every ``locale/<tag>.po`` in it, once per process.

        :raises babel.messages.pofile.PoFileError: a file there is no catalogue.
        """
        return _texts_of(package)

    def into(self, wanted: str) -> Speech:
        """The first wanted language that there is, ``de-ch`` standing in by ``de``; else English.

        :param wanted: a tag (BCP 47), or several with commas as in ``Accept-Language``.
        """
        for one in wanted[:500].split(","):
            for tag in fallbacks(one.split(";")[0].strip()):
                if tag in self.speeches:
                    return self.speeches[tag]
        return self.speeches[ENGLISH]

    def told(self, text: str, **values: object) -> Told:
        """A text that the host says later, in the language of whoever reads it."""
        return Told(text, values, self)

    def say_in(self, language: str, text: str, values: Mapping[str, object]) -> str:
        """The text in a language, in English where there is none."""
        return self.into(language).say(text, **values)


@cache
def _texts_of(package: str) -> Texts:
    speeches = {ENGLISH: Speech(ENGLISH, compiled(Catalog(locale=ENGLISH)))}
    for file in _catalogues(resources.files(package) / FOLDER):
        with file.open("rb") as opened:
            catalog = read_po(opened, abort_invalid=True)
        tag = file.name.removesuffix(".po").lower()
        speeches[tag] = Speech(tag, compiled(catalog))
    return Texts(speeches)


def _catalogues(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if one.name.endswith(".po")]
    return sorted(found, key=lambda one: one.name)


def compiled(catalog: Catalog) -> Translations:
    """A catalogue as gettext uses it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return Translations(io.BytesIO(file.getvalue()))
