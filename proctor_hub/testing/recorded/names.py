"""Values that a recording must not hold or that differ each time, and the names they go by."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

PLACEHOLDER = re.compile(r"«([a-z][a-z0-9_.]*)(:int)?»")
_JWT = r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
# With letters and digits; a long one by chance without digits has letters of both cases.
_OPAQUE = (
    r"(?:(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}"
    r"|(?=[a-z_-]*[A-Z])(?=[A-Z_-]*[a-z])[A-Za-z_-]{40,})"
)
_UNKNOWN = re.compile(rf"«[^»]*»|(?P<jwt>{_JWT})|(?P<id>{_UUID})|(?P<opaque>{_OPAQUE})")
"""What is random by its looks: such values are hidden though nobody told what they are."""

_WORD = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]+")

SHORT = 6
"""Shorter values are found as whole values only, those with letters and digits as whole words: in
longer words they may be chance."""


def forms(value: str) -> set[str]:
    """A value as it may stand in JSON, in a URL, in a form, in base64 and in hexadecimal."""
    raw = value.encode("utf-8", "replace")
    return {
        value,
        json.dumps(value)[1:-1],
        quote(value, safe=""),
        quote_plus(value),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
    }


class Names:
    """Value ↔ name, both ways. A name stands in files as ``«name»``."""

    def __init__(self) -> None:
        """None known yet."""
        self._value_of: dict[str, str] = {}
        self._anywhere: dict[str, str] = {}
        self._alone: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, name: str, value: str, *, alone: bool = False) -> None:
        """``value`` goes by ``name`` from now on, unless it goes by another already.

        :param alone: only where it is a whole value, a whole part of a path.
        """
        self._value_of.setdefault(name, value)
        if not value or value in self._anywhere or value in self._alone:
            return
        if alone or len(value) < SHORT:
            self._alone[value] = name
            if not alone and _WORD.fullmatch(value):
                self._words[value] = name
                self._pattern = None
            return
        for form in forms(value):
            self._anywhere.setdefault(form, name)
        self._pattern = None

    def fresh(self, kind: str, value: str) -> str:
        """The name of a value not seen before: ``kind`` with the next number."""
        number = 1
        while f"{kind}.{number}" in self._value_of:
            number += 1
        self.learn(f"{kind}.{number}", value)
        return f"{kind}.{number}"

    def name_of(self, value: str) -> str | None:
        """The name of a whole value."""
        return self._anywhere.get(value) or self._alone.get(value)

    def value_of(self, name: str) -> str:
        """What stands for ``name``; made up, and then kept, where nobody said."""
        if name not in self._value_of:
            invented = f"00000000-0000-4000-8000-{len(self._value_of):012d}"
            self.learn(name, invented if name.startswith("id.") else f"invented-{name}-{len(name)}")
        return self._value_of[name]

    def found_anywhere(self) -> dict[str, str]:
        """Name → value of all that must not be in a file, in whatever it stands."""
        return {name: self._value_of[name] for name in self._anywhere.values()}

    def hidden(self, text: str) -> str:
        """``text`` with names in place of all values, those that look random included."""
        whole = self._alone.get(text)
        if whole is not None:
            return f"«{whole}»"
        if self._anywhere or self._words:
            self._pattern = self._pattern or self._all_values()
            text = self._pattern.sub(self._known, text)
        return _UNKNOWN.sub(self._unknown, text)

    def _all_values(self) -> re.Pattern[str]:
        """Longest first, so that none hides a part of another."""
        anywhere = map(re.escape, sorted(self._anywhere, key=len, reverse=True))
        words = (rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in self._words)
        return re.compile("|".join([*anywhere, *words]))

    def _known(self, found: re.Match[str]) -> str:
        name = self._anywhere.get(found[0]) or self._words[found[0]]
        return f"«{name}»"

    def shown(self, text: str) -> str:
        """``text`` with values in place of all names."""
        return PLACEHOLDER.sub(lambda found: self.value_of(found[1]), text)

    def _unknown(self, found: re.Match[str]) -> str:
        kind = found.lastgroup
        return found[0] if kind is None else f"«{self.fresh(kind, found[0])}»"
