"""From what went over the wire to what a recording may hold, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote

from proctor_hub.testing.recorded.compare import EPOCH, HTTP_DATE, moment_of
from proctor_hub.testing.recorded.names import PLACEHOLDER, Names
from proctor_hub.testing.recorded.story import MOMENT

HIDDEN = "«hidden»"
_SECRET_WORDS = {"token", "secret", "password", "passwd", "jwt", "signature", "hmac", "apikey"}
_SECRET_KEYS = {"api_key", "access_key", "private_key", "authorization", "cookie", "set_cookie"}
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LONG = 12
_PATH_SAFE = ":+@!$&'()*,;=~"


def holds_secret(key: str) -> bool:
    """Whether the value of a field, parameter or header of this name is a secret."""
    words = [word.lower() for word in _WORDS.findall(key)]
    return bool(words) and (words[-1] in _SECRET_WORDS or "_".join(words) in _SECRET_KEYS)


class Scrubber:
    """Hides the values of ``names`` and moves moments from ``now`` to the recordings' own."""

    def __init__(self, names: Names, now: datetime) -> None:
        """``now``: the time of what is hidden; aware."""
        self.names = names
        self.now = now

    def hide(self, value: Any, key: str = "") -> Any:
        """A JSON value as a recording holds it. :param key: the field it is the value of."""
        if isinstance(value, Mapping):
            return {self.names.hidden(str(k)): self.hide(v, str(k)) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide(one, key) for one in value]
        if isinstance(value, str):
            return self._hide_text(value, key)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._hide_number(value, key)
        return value

    def show(self, value: Any) -> Any:
        """What :meth:`hide` hid, with this scrubber's values."""
        if isinstance(value, Mapping):
            return {self.names.shown(k): self.show(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.show(one) for one in value]
        if not isinstance(value, str):
            return value
        found = PLACEHOLDER.fullmatch(value)
        if found and found[2]:
            known = self.names.value_of(found[1])
            return int(known) if known.isdecimal() else 900_000 + len(known)
        return self.names.shown(value)

    def hide_url(self, url: str) -> str:
        """A URL without its query: each part of the path for itself."""
        head, slashes, rest = self.names.hidden(url.partition("?")[0]).partition("//")
        if slashes:
            return head + slashes + rest
        origin, *parts = head.split("/")
        return "/".join([origin, *(self._hide_part(part) for part in parts)])

    def _hide_part(self, part: str) -> str:
        quoted = quote(self.names.hidden(unquote(part)), safe=_PATH_SAFE)
        return quoted.replace("%C2%AB", "«").replace("%C2%BB", "»")

    def _hide_text(self, text: str, key: str) -> str:
        moved = self._moved(text)
        if moved is not None:
            return moved
        if text and holds_secret(key) and self.names.name_of(text) is None:
            if len(text) < _LONG:
                return HIDDEN
            self.names.fresh("_".join(w.lower() for w in _WORDS.findall(key)), text)
        return self.names.hidden(text)

    def _hide_number(self, value: int, key: str) -> int | str:
        if value in EPOCH:
            return round(
                (self._to_moment(datetime.fromtimestamp(value, tz=MOMENT.tzinfo))).timestamp()
            )
        name = self.names.name_of(str(value)) if _WORDS.findall(key)[-1:] == ["id"] else None
        return value if name is None else f"«{name}:int»"

    def _moved(self, text: str) -> str | None:
        found = moment_of(text)
        if found is None:
            return None
        if len(text) == len("2030-01-01"):
            return (found.date() + (MOMENT.date() - self.now.date())).isoformat()
        moved = self._to_moment(found)
        if HTTP_DATE.fullmatch(text):
            return format_datetime(moved, usegmt=True)
        return moved.isoformat().replace("+00:00", "Z" if text.endswith("Z") else "+00:00")

    def _to_moment(self, value: datetime) -> datetime:
        seconds = (value - self.now).total_seconds()
        return MOMENT + timedelta(minutes=round(seconds / 60))
