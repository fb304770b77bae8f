"""Idempotency keys: claimed by one statement, completed by one more (issue 2, design §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from proctor_hub.storage.tables import idempotency

_KEY = (
    idempotency.c.client_pk == bindparam("b_client"),
    idempotency.c.path == bindparam("b_path"),
    idempotency.c.key == bindparam("b_key"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whose key, on which path, for which body."""

    client_pk: int
    path: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored under a key; ``status`` None while the first request still runs."""

    digest: str
    status: int | None
    response: bytes | None


def _claiming(dialect: Any) -> Any:
    made = idempotency.c.created_at
    insert = dialect.insert(idempotency).values(
        client_pk=bindparam("client_pk"),
        path=bindparam("path"),
        key=bindparam("key"),
        digest=bindparam("digest"),
        status=sa.null(),
        response=sa.null(),
        created_at=bindparam("now", type_=idempotency.c.created_at.type),
    )
    return insert.on_conflict_do_update(
        index_elements=["client_pk", "path", "key"],
        set_={
            name: insert.excluded[name] for name in ("digest", "status", "response", "created_at")
        },
        where=sa.or_(
            made < bindparam("expired", type_=made.type),
            sa.and_(
                # The process that claimed it died before it could complete or release it.
                idempotency.c.status.is_(None),
                sa.or_(
                    made < bindparam("dead", type_=made.type),
                    # The clock was set back since, so nobody knows how long that is ago.
                    made > bindparam("ahead", type_=made.type),
                ),
            ),
        ),
        # SQLAlchemy keeps no row count of an INSERT; what comes back says whether it took hold.
    ).returning(idempotency.c.key)


_CLAIM = {"sqlite": _claiming(sqlite), "postgresql": _claiming(postgresql)}
_READ = sa.select(idempotency.c.digest, idempotency.c.status, idempotency.c.response).where(*_KEY)
_COMPLETE = idempotency.update().where(*_KEY)
_RELEASE = idempotency.delete().where(*_KEY, idempotency.c.status.is_(None))


def claim(
    conn: sa.Connection, wanted: Claim, *, now: datetime, expired: datetime, dead: datetime
) -> bool:
    """Claim the key; False where somebody has it: not expired, and not left by a dead process.

    :param dead: whoever claimed it before and has not completed it is dead.
    """
    values = {
        "client_pk": wanted.client_pk,
        "path": wanted.path,
        "key": wanted.key,
        "digest": wanted.digest,
        "now": now,
        "expired": expired,
        "dead": dead,
        "ahead": now + (now - dead),
    }
    return conn.execute(_CLAIM[conn.dialect.name], values).first() is not None


def read(conn: sa.Connection, wanted: Claim) -> Stored | None:
    """What is stored under the key."""
    row = conn.execute(_READ, _bound(wanted)).first()
    return None if row is None else Stored(**row._mapping)


def complete(conn: sa.Connection, wanted: Claim, status: int, response: bytes) -> None:
    """Store the answer to be repeated."""
    conn.execute(_COMPLETE, {**_bound(wanted), "status": status, "response": response})


def release(conn: sa.Connection, wanted: Claim) -> None:
    """Give an uncompleted claim back: the request changed nothing and may be sent again."""
    conn.execute(_RELEASE, _bound(wanted))


def purge(conn: sa.Connection, before: datetime) -> int:
    """Delete what is older than ``before``; return how many."""
    return conn.execute(idempotency.delete().where(idempotency.c.created_at < before)).rowcount


def _bound(wanted: Claim) -> dict[str, Any]:
    return {"b_client": wanted.client_pk, "b_path": wanted.path, "b_key": wanted.key}
