"""Pages of lists that a service returns whole, because one attempt has only so many of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from proctor_hub.services.hub import Hub
from proctor_hub.services.paging import Page, after_int, limit_of, page

T = TypeVar("T")


def sliced(
    hub: Hub,
    items: Sequence[T],
    key: Callable[[T], int],
    cursor: str | None,
    limit: int | None,
) -> Page[T]:
    """The items whose key comes after the cursor's, in ascending order of the key.

    :raises Invalid: cursor or limit make no sense.
    """
    count, after = limit_of(hub, limit), after_int(cursor)
    rest = sorted((item for item in items if key(item) > after), key=key)
    return page(rest, count, lambda item: [key(item)])
