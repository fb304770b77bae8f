"""Links between the pages of a list: to its beginning, and on from a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from proctor_hub.services.paging import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where a list goes on; None: there is no such page."""

    first: str | None
    next: str | None


def turns(path: str, cursor: str | None, found: Page[Any], **filters: object) -> Turns:
    """The links below a page of ``path`` that was asked for with ``cursor`` and ``filters``.

    :param filters: query fields that hold on every page; empty ones are left out.
    """
    kept = {name: str(value) for name, value in filters.items() if value not in (None, "")}
    beginning = f"{path}?{urlencode(kept)}" if kept else path
    onward = f"{path}?{urlencode({**kept, 'cursor': found.next_cursor or ''})}"
    return Turns(first=beginning if cursor else None, next=onward if found.next_cursor else None)
