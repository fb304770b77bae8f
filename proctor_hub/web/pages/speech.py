"""The languages of the pages; the hub's own catalogues are in ``locale/<tag>.po``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from babel import Locale

from proctor_hub.domain.told import noted
from proctor_hub.texts import ENGLISH, Speech, Texts

__all__ = ["ENGLISH", "Speech", "choose", "known", "names", "noted"]

PACKAGE = "proctor_hub.web.pages"


def known() -> Mapping[str, Speech]:
    """Every language there is a catalogue for, English first."""
    return Texts.of(PACKAGE).speeches


def choose(wanted: Sequence[str]) -> Speech:
    """The first of the wanted languages that there is, ``de-ch`` standing in by ``de``."""
    return Texts.of(PACKAGE).into(",".join(wanted))


def names() -> dict[str, str]:
    """Tag → what the language calls itself, for the choice in the footer."""
    return {tag: Locale.parse(tag.replace("-", "_")).get_display_name() or tag for tag in known()}
