"""Translations: gettext catalogues (``.po``), read when the hub starts; English needs none."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from proctor_hub.domain.language import is_language_tag
from proctor_hub.errors import ConfigurationError
from proctor_hub.texts import ENGLISH, compiled

OWN = Path(__file__).with_name("locale")
"""The catalogues that come with the hub."""


def load_catalogues(site: Path | None) -> dict[str, Translations]:
    """Language tag in lower case → its translations; always with English.

    :param site: a folder of further ``<tag>.po``; what one says wins over the hub's own, what it
        does not translate is taken from there, then from English.
    :raises ConfigurationError: a catalogue cannot be read, or misuses a placeholder;
        names the file.
    """
    found = {ENGLISH: compiled(Catalog(locale=ENGLISH))}
    for folder in (OWN, site):
        for path in sorted(folder.glob("*.po")) if folder is not None else ():
            tag = path.stem.lower().replace("_", "-")
            if not is_language_tag(tag):
                raise ConfigurationError(
                    f"[mail] templates: {path}: its name is no language tag (BCP 47); rename it."
                )
            translations = compiled(_read(path))
            if tag in found:
                translations.add_fallback(found[tag])
            found[tag] = translations
    return found


def _read(path: Path) -> Catalog:
    try:
        with path.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
    except (PoFileError, ValueError, LookupError, OSError) as error:
        raise ConfigurationError(f"[mail] templates: {path} cannot be read: {error}.") from None
    for message, errors in catalog.check():
        raise ConfigurationError(
            f"[mail] templates: {path}: the translation of {message.id!r}: {errors[0]}; correct it."
        )
    return catalog
