"""Queries on reviews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.keys import new_id
from proctor_hub.storage.tables import reviews

HELD = "held"
"""The disposition of a review that waits for the attempt to reach ``submitted``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReview:
    """A revision as stored; ``video_url`` is encrypted."""

    id: int
    revision: int
    received_at: datetime
    status: str
    vendor_status: str
    incidents: list[dict[str, Any]]
    reviewed_by: str | None
    comment: str
    flagged: bool
    disposition: str
    video_url: bytes | None


_INSERT = reviews.insert()
_KNOWN = (
    sa.select(reviews.c.id)
    .where(reviews.c.attempt_pk == bindparam("pk"), reviews.c.digest == bindparam("digest"))
    .limit(1)
)
_BROUGHT = (
    sa.select(reviews.c.id)
    .where(reviews.c.attempt_pk == bindparam("pk"), reviews.c.callback_pk == bindparam("callback"))
    .limit(1)
)
_REVIEW = sa.select(*(reviews.c[name] for name in StoredReview.__dataclass_fields__)).where(
    reviews.c.attempt_pk == bindparam("pk")
)
# Of the type of all keys: a cursor may hold a larger number than any revision has.
_AT = bindparam("at", type_=sa.BigInteger)
_AFTER = _REVIEW.where(reviews.c.revision > _AT).order_by(reviews.c.revision)
_BEFORE = _REVIEW.where(reviews.c.revision < _AT).order_by(reviews.c.revision.desc())
_HELD = _REVIEW.where(reviews.c.disposition == HELD).order_by(reviews.c.revision)


def insert(conn: sa.Connection, values: Mapping[str, Any]) -> int:
    """Insert a revision; return its id. IntegrityError where the revision exists."""
    return new_id(conn.execute(_INSERT, values))


def digest_known(conn: sa.Connection, attempt_pk: int, digest: str) -> bool:
    """Whether some revision of the attempt has this digest."""
    return conn.execute(_KNOWN, {"pk": attempt_pk, "digest": digest}).first() is not None


def brought_by(conn: sa.Connection, attempt_pk: int, callback_pk: int) -> bool:
    """Whether a revision of the attempt came with this callback."""
    values = {"pk": attempt_pk, "callback": callback_pk}
    return conn.execute(_BROUGHT, values).first() is not None


def page(
    conn: sa.Connection, attempt_pk: int, *, at: int, newest_first: bool, count: int
) -> list[StoredReview]:
    """Revisions of an attempt behind number ``at``: the later ones in order, or the earlier ones
    from the newest on."""
    query = (_BEFORE if newest_first else _AFTER).limit(count)
    rows = conn.execute(query, {"pk": attempt_pk, "at": at})
    return [StoredReview(**row._mapping) for row in rows]


def held(conn: sa.Connection, attempt_pk: int) -> list[StoredReview]:
    """Revisions that wait for the attempt to reach ``submitted``, in order."""
    rows = conn.execute(_HELD, {"pk": attempt_pk})
    return [StoredReview(**row._mapping) for row in rows]


def release(conn: sa.Connection, pk: int, disposition: str) -> None:
    """A held revision was applied: say what it did."""
    conn.execute(reviews.update().where(reviews.c.id == pk).values(disposition=disposition))
