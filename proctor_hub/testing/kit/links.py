"""What a link says, piece by piece, so that two links can be compared for what they open."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Pieces = Mapping[str, str]
"""Where a piece stands → what stands there."""


def steady_pieces(link: Callable[[], str]) -> Pieces:
    """What is alike in two links for the same at the same time: not what is random in them."""
    one, other = dict(_pieces(link())), dict(_pieces(link()))
    return {where: text for where, text in one.items() if other.get(where) == text}


def _pieces(url: str) -> Iterator[tuple[str, str]]:
    """Host, each part of the path, each parameter; of a token that can be read each claim."""
    parts = urlsplit(url)
    yield "host", parts.netloc
    for at, text in enumerate(parts.path.split("/")):
        yield from _read(f"path {at}", text)
    for kind, texts in (("query", parts.query), ("fragment", parts.fragment)):
        pairs = parse_qsl(texts, keep_blank_values=True) or ([("", texts)] if texts else [])
        for name, text in pairs:
            yield from _read(f"{kind} {name}", text)


def _read(where: str, text: str) -> Iterator[tuple[str, str]]:
    """The claims of what is a JSON Web Token, or Base64 of JSON; else the text."""
    claims = [found for one in text.split(".") if (found := _decoded(one)) is not None]
    if not claims:
        yield where, text
    for at, found in enumerate(claims):
        yield from _leaves(f"{where} {at}", found)


def _decoded(text: str) -> Any:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def _leaves(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            yield from _leaves(f"{where}.{name}", inner)
    else:
        yield where, json.dumps(value)
