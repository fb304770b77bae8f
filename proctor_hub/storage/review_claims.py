"""Queries on claims on second reviews: one row per attempt that somebody is at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from proctor_hub.storage.tables import attempts, people, review_claims


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewClaim:
    """Who holds a second review, and until when."""

    attempt_pk: int
    person_pk: int
    user_id: str
    name: str
    claimed_at: datetime
    expires_at: datetime


_CLAIM = sa.select(
    *review_claims.c,
    people.c.user_id,
    people.c.full_name,
    people.c.username,
).join(people, people.c.id == review_claims.c.person_pk)
_OF = _CLAIM.where(review_claims.c.attempt_pk.in_(bindparam("pks", expanding=True)))
_END = review_claims.delete().where(review_claims.c.attempt_pk == bindparam("pk"))


def of_attempts(conn: sa.Connection, pks: Sequence[int], now: datetime) -> dict[int, ReviewClaim]:
    """Attempt → the claim on it that has not run out."""
    found = {}
    for row in conn.execute(_OF.where(review_claims.c.expires_at > now), {"pks": list(pks)}):
        found[row.attempt_pk] = ReviewClaim(
            attempt_pk=row.attempt_pk,
            person_pk=row.person_pk,
            user_id=row.user_id,
            name=row.full_name or row.username or row.user_id,
            claimed_at=row.claimed_at,
            expires_at=row.expires_at,
        )
    return found


def take(
    conn: sa.Connection, attempt_pk: int, person_pk: int, *, now: datetime, until: datetime
) -> bool:
    """Claim, or claim on; False where somebody else's claim has not run out.

    One statement, which the database carries out for one caller after the other.
    """
    ours = postgresql if conn.dialect.name == "postgresql" else sqlite
    insert = ours.insert(review_claims).values(
        attempt_pk=attempt_pk, person_pk=person_pk, claimed_at=now, expires_at=until
    )
    again = review_claims.c.person_pk == insert.excluded.person_pk
    free = review_claims.c.expires_at <= now
    begun = sa.case((free | ~again, insert.excluded.claimed_at), else_=review_claims.c.claimed_at)
    statement = insert.on_conflict_do_update(
        index_elements=["attempt_pk"],
        set_={
            "person_pk": insert.excluded.person_pk,
            "claimed_at": begun,
            "expires_at": insert.excluded.expires_at,
        },
        where=again | free,
    )
    return conn.execute(statement.returning(review_claims.c.attempt_pk)).first() is not None


def release(conn: sa.Connection, attempt_pk: int, person_pk: int) -> None:
    """End a person's claim; another's stays."""
    conn.execute(_END.where(review_claims.c.person_pk == person_pk), {"pk": attempt_pk})


def end(conn: sa.Connection, attempt_pk: int) -> None:
    """The second review is over, or lies with others: whose claim it ever was ends."""
    conn.execute(_END, {"pk": attempt_pk})


def erase(conn: sa.Connection, person_pk: int) -> None:
    """Claims of a person, and those on their attempts."""
    mine = sa.select(attempts.c.id).where(attempts.c.person_pk == person_pk)
    conn.execute(review_claims.delete().where(review_claims.c.person_pk == person_pk))
    conn.execute(review_claims.delete().where(review_claims.c.attempt_pk.in_(mine)))
