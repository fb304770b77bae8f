"""Cursor pagination: keyset on an indexed key, the cursor opaque to callers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from proctor_hub.domain.told import noted, told
from proctor_hub.services.errors import Invalid
from proctor_hub.services.hub import Hub

T = TypeVar("T")

KeyPart = int | str
_MAX_CURSOR = 2000
_MAX_INT = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of the items, in order; ``next_cursor`` None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def encode(key: Sequence[KeyPart]) -> str:
    """The cursor of the last item's key."""
    data = json.dumps(list(key), separators=(",", ":"), ensure_ascii=True).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(cursor: str, *kinds: type[int] | type[str]) -> tuple[KeyPart, ...]:
    """The key in a cursor, one part per kind.

    :raises Invalid: it is none of ours, or of another list.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if not _fits(parts, kinds) or len(cursor) > _MAX_CURSOR:
        raise _foreign()
    return tuple(parts)


def moment(part: str) -> datetime:
    """A point in time in a key, as ``storage.types.to_text`` wrote it.

    :raises Invalid: it is none.
    """
    try:
        found = datetime.fromisoformat(part)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _foreign()
    return found


def after_int(cursor: str | None) -> int:
    """The integer key to go on after, for ascending lists; 0 at the start."""
    return 0 if cursor is None else int(decode(cursor, int)[0])


def before_int(cursor: str | None) -> int:
    """The integer key to go on before, for descending lists; the largest key at the start."""
    return _MAX_INT if cursor is None else int(decode(cursor, int)[0])


def place(cursor: str | None, *, newest_first: bool) -> int:
    """The integer key to go on behind, in either order."""
    return before_int(cursor) if newest_first else after_int(cursor)


def limit_of(hub: Hub, limit: int | None) -> int:
    """The page size: what was asked for, or the default.

    :raises Invalid: under 1 or over the configured maximum.
    """
    if limit is None:
        return hub.limits.page_size
    if not 1 <= limit <= hub.limits.page_size_max:
        raise Invalid(
            noted("The page size is out of range."),
            fields={"limit": told("from 1 to %(most)s", most=hub.limits.page_size_max)},
        )
    return limit


def page(found: Sequence[T], limit: int, key: Callable[[T], Sequence[KeyPart]]) -> Page[T]:
    """A page of what a query for ``limit + 1`` items found."""
    items = tuple(found[:limit])
    more = len(found) > limit
    return Page(items=items, next_cursor=encode(key(items[-1])) if more else None)


def _foreign() -> Invalid:
    return Invalid(
        noted("This cursor is not one of this list."),
        fields={"cursor": noted("take next_cursor as it came")},
    )


def _fits(parts: object, kinds: Sequence[type]) -> bool:
    if not isinstance(parts, list) or len(parts) != len(kinds):
        return False
    return all(
        type(part) is kind
        and (not isinstance(part, int) or 0 <= part <= _MAX_INT)
        and (not isinstance(part, str) or "\0" not in part)
        for part, kind in zip(parts, kinds, strict=True)
    )
