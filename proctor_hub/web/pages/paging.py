"""Links between the pages of a list: to its beginning, and on from a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from proctor_hub.services.attempt_table import TablePage
from proctor_hub.services.paging import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where a list goes on; None: there is no such page."""

    first: str | None
    next: str | None


def address(path: str, **fields: object) -> str:
    """The path with those query fields that are not empty."""
    kept = {name: str(value) for name, value in fields.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path


def turns(
    path: str,
    cursor: str | None,
    found: Page[Any] | TablePage,
    *,
    field: str = "cursor",
    **filters: object,
) -> Turns:
    """The links below a page of ``path`` that was asked for with ``cursor`` and ``filters``.

    :param field: the query field of the cursor, where a page has several lists.
    :param filters: query fields that hold on every page; empty ones are left out.
    """
    first = address(path, **filters) if cursor else None
    more = found.next_cursor
    return Turns(first=first, next=address(path, **filters, **{field: more}) if more else None)
