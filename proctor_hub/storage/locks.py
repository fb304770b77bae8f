"""Row locks on PostgreSQL, and the one order in which they are taken; SQLite has one writer.

Courses, then exams, then people, then attempts by id, then what belongs to an attempt. A unit that
locks an attempt first takes no lock on what stands before it in this order, so no two wait for each
other. Foreign keys take locks, too (``FOR KEY SHARE``); :func:`changing` does not disturb those,
since keys never change.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Of = sa.Table | list[sa.Table]


def changing(statement: sa.Select[Any], *, of: Of | None = None) -> sa.Select[Any]:
    """Read to change: nobody else changes these rows, or relies on them, until the commit."""
    return statement.with_for_update(key_share=True, of=of)


def keeping(statement: sa.Select[Any], *, of: Of | None = None) -> sa.Select[Any]:
    """Read to rely on it: nobody changes these rows until the commit; others may rely on them."""
    return statement.with_for_update(read=True, of=of)
