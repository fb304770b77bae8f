"""The integer key of a row just inserted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def new_id(result: sa.CursorResult[Any]) -> int:
    """The new row's ``id``. Cheaper on SQLite than asking for it with RETURNING.

    :raises LookupError: the statement inserted no row, or several.
    """
    key = result.inserted_primary_key
    if key is None:
        raise LookupError("no single row was inserted")
    return int(key[0])
