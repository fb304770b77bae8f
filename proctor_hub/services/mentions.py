"""Whether what was kept of a call or an answer speaks of one person.

A name counts where it is a whole value (a JSON string, a part of a path, a query value), or a
whole word within a longer text. Within texts very short names and plain numbers are not looked for:
a user id like ``5`` would find itself in every duration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from proctor_hub.vendors.receiving import CallbackRequest

_SHORTEST_WORD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a person is called.

    :param exact: names that count as they are written: user id, username, attempt codes.
    :param folded: those that count in any case: e-mail, full name, pseudonyms, external ids.
    """

    exact: frozenset[str]
    folded: frozenset[str]


class Mentions:
    """Looks for one person's names."""

    def __init__(self, names: Names) -> None:
        self._exact = frozenset(name for name in names.exact if name)
        self._folded = frozenset(name.casefold() for name in names.folded if name)
        self._words = [
            pattern
            for pattern in (_words(self._exact, 0), _words(self._folded, re.IGNORECASE))
            if pattern is not None
        ]

    def in_request(self, request: CallbackRequest) -> bool:
        """Whether a call of a vendor names the person: path, query, headers or body."""
        parts = [*request.path_params.values(), *request.query.values(), *request.headers.values()]
        return (
            self.in_path(request.path)
            or any(map(self._in_text, parts))
            or self.in_body(request.body)
        )

    def in_path(self, path: str) -> bool:
        """Whether a part of a path is one of the names, or holds one as a word."""
        return any(self._in_text(unquote(part)) for part in path.split("/") if part)

    def in_body(self, body: bytes) -> bool:
        """Whether a body names the person: JSON, form fields or plain text."""
        text = body.decode(errors="replace")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            fields = (value for _, value in parse_qsl(text, max_num_fields=None))
            return (
                self._in_text(text)
                or self._in_text(unquote_plus(text))
                or any(map(self._is_name, fields))
            )
        return any(map(self._in_text, _texts(data)))

    def _in_text(self, text: str) -> bool:
        return self._is_name(text) or any(words.search(text) for words in self._words)

    def _is_name(self, text: str) -> bool:
        return text in self._exact or text.casefold() in self._folded


def _words(names: Iterable[str], flags: int) -> re.Pattern[str] | None:
    """Any of the names as a whole word: not a part of a longer name, address or number."""
    wanted = [n for n in sorted(names) if len(n) >= _SHORTEST_WORD and not n.isdecimal()]
    if not wanted:
        return None
    any_name = "|".join(map(re.escape, wanted))
    return re.compile(rf"(?<![\w@+-])(?<!\w\.)(?:{any_name})(?![\w@+-])(?!\.\w)", flags)


def _texts(data: Any) -> Iterator[str]:
    """Every string of a JSON document, keys and long numbers too."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            yield item
        elif isinstance(item, int) and abs(item) >= 10 ** (_SHORTEST_WORD - 1):
            yield str(item)
