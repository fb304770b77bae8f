"""One name, spelled as Python, packages and people want it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from proctor_hub.contract_versions import earliest_removal
from proctor_hub.errors import ConfigurationError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SHOWN = re.compile(r"[^\W_]([\w .,&+()-]*[\w.)])?")
LONGEST = 30
_TAKEN = ("rest", "vendor")
"""Their classes would have names of the contract: ``RestSettings``, ``VendorSettings``."""


@dataclass(frozen=True, slots=True)
class Names:
    """A new plugin's names.

    :param name: as configuration and packages have it, ``acme`` or ``acme-labs``.
    :param shown: as people know the vendor; empty: made from ``name``.
    :raises ConfigurationError: one of them cannot be used.
    """

    name: str
    shown: str = ""

    def __post_init__(self) -> None:
        """Check both."""
        if not _NAME.fullmatch(self.name) or len(self.name) > LONGEST:
            raise ConfigurationError(
                f"A plugin's name is at most {LONGEST} small letters and digits, a letter first, "
                f"words joined by single hyphens, such as acme-labs; {self.name!r} is not."
            )
        if self.name in _TAKEN:
            raise ConfigurationError(
                f"A plugin cannot be called {self.name!r}: the contract's own classes are."
            )
        if self.shown and not (_SHOWN.fullmatch(self.shown) and len(self.shown) <= LONGEST):
            raise ConfigurationError(
                f"A vendor's name for people is at most {LONGEST} letters, digits, spaces and "
                f".,&+()-; {self.shown!r} is not."
            )

    @property
    def distribution(self) -> str:
        """What installers call it."""
        return f"proctor-hub-{self.name}"

    def spellings(self, hub_version: str) -> Mapping[str, str]:
        """What the templates say → what this plugin says.

        :param hub_version: the hub it is written for.
        """
        built_for = ".".join(hub_version.split(".")[:2])
        words = self.name.split("-")
        return {
            "some-vendor": self.name,
            "some_vendor": "_".join(words),
            "SOME_VENDOR": "_".join(words).upper(),
            "SomeVendor": "".join(map(str.capitalize, words)),
            "Some Vendor": self.shown or " ".join(map(str.capitalize, words)),
            "SOME_RANGE": f">={built_for},<{earliest_removal(built_for)}",
        }
