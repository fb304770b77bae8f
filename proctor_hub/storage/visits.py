"""Launch links and sign-ins: stored by a digest, used or ended once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.storage.tables import clients, courses, launch_links, people, sign_ins


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A launch link as stored, without its secret."""

    digest: str
    person_pk: int
    roles: str
    course_pk: int | None
    client_pk: int | None
    target: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRow:
    """A sign-in that holds, with the person as stored now."""

    digest: str
    person_pk: int
    roles: str
    course_pk: int | None
    client_pk: int | None
    proven_attempt_pk: int | None
    language: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    user_id: str
    username: str
    full_name: str
    person_language: str
    course_id: str | None


_SIGN_IN = (
    sa.select(
        *(column for column in sign_ins.c if column.name != "ended_at"),
        people.c.user_id,
        people.c.username,
        people.c.full_name,
        people.c.language.label("person_language"),
        courses.c.course_id,
    )
    .join(people, people.c.id == sign_ins.c.person_pk)
    .outerjoin(courses, courses.c.id == sign_ins.c.course_pk)
    .outerjoin(clients, clients.c.id == sign_ins.c.client_pk)
    .where(
        sign_ins.c.digest == bindparam("digest"),
        sign_ins.c.ended_at.is_(None),
        people.c.retired_at.is_(None),
        # Who vouched for the person must still be believed.
        clients.c.revoked_at.is_(None),
    )
)
_USE = (
    launch_links.update()
    .where(
        launch_links.c.digest == bindparam("which"),
        launch_links.c.used_at.is_(None),
        launch_links.c.expires_at > bindparam("at"),
    )
    .values(used_at=bindparam("at"))
)
_SEEN = (
    sign_ins.update().where(sign_ins.c.digest == bindparam("which")).values(seen_at=bindparam("at"))
)


def insert_link(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Insert a launch link."""
    conn.execute(launch_links.insert(), dict(values))


def use_link(conn: sa.Connection, digest: str, now: datetime) -> LinkRow | None:
    """The link, if this call was the one that used it: it was unused and had not expired."""
    if conn.execute(_USE, {"which": digest, "at": now}).rowcount != 1:
        return None
    return link(conn, digest)


def link(conn: sa.Connection, digest: str) -> LinkRow | None:
    """The link, used and expired ones too."""
    row = conn.execute(launch_links.select().where(launch_links.c.digest == digest)).first()
    return None if row is None else LinkRow(**row._mapping)


def void_link(conn: sa.Connection, digest: str, now: datetime) -> None:
    """Make the link useless, if it is not used yet."""
    conn.execute(_USE, {"which": digest, "at": now})


def insert_sign_in(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Insert a sign-in."""
    conn.execute(sign_ins.insert(), dict(values))


def sign_in(conn: sa.Connection, digest: str) -> SignInRow | None:
    """The sign-in, unless it was ended, its person retired, or the client behind it revoked."""
    row = conn.execute(_SIGN_IN, {"digest": digest}).first()
    return None if row is None else SignInRow(**row._mapping)


def note_seen(conn: sa.Connection, digest: str, now: datetime) -> None:
    """The sign-in was used at this moment."""
    conn.execute(_SEEN, {"which": digest, "at": now})


def set_language(conn: sa.Connection, digest: str, language: str) -> None:
    """The language chosen for this sign-in."""
    conn.execute(sign_ins.update().where(sign_ins.c.digest == digest).values(language=language))


def end(conn: sa.Connection, digest: str, now: datetime) -> bool:
    """End one sign-in; False where it had ended."""
    statement = sign_ins.update().where(sign_ins.c.digest == digest, sign_ins.c.ended_at.is_(None))
    return conn.execute(statement.values(ended_at=now)).rowcount == 1


def end_all_of(conn: sa.Connection, person_pk: int, now: datetime) -> int:
    """End every sign-in of a person and make their unused links useless; how many had not ended."""
    conn.execute(
        launch_links.update()
        .where(launch_links.c.person_pk == person_pk, launch_links.c.used_at.is_(None))
        .values(used_at=now)
    )
    statement = sign_ins.update().where(
        sign_ins.c.person_pk == person_pk,
        sign_ins.c.ended_at.is_(None),
        sign_ins.c.expires_at > now,
    )
    return conn.execute(statement.values(ended_at=now)).rowcount


def forget_person(conn: sa.Connection, person_pk: int) -> None:
    """Delete all links and sign-ins of a person."""
    for table in (launch_links, sign_ins):
        conn.execute(table.delete().where(table.c.person_pk == person_pk))


def prune(conn: sa.Connection, *, before: datetime, count: int) -> int:
    """Delete at most ``count`` links and as many sign-ins that expired ``before``; how many."""
    deleted = 0
    for table in (launch_links, sign_ins):
        old = sa.select(table.c.digest).where(table.c.expires_at < before).limit(count)
        deleted += conn.execute(table.delete().where(table.c.digest.in_(old))).rowcount
    return deleted
