"""Queries on people, their enrolments, and the pseudonyms vendors know them by."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import Track
from proctor_hub.storage.attempts import lock_all
from proctor_hub.storage.locks import changing, keeping
from proctor_hub.storage.tables import attempts, course_team, enrolments, people, pseudonyms
from proctor_hub.storage.upsert import insert_missing, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the LMS. ``retired_at``: erased; then the names are empty or neutral."""

    id: int
    user_id: str
    username: str
    full_name: str
    email: str
    language: str
    created_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A learner of a course and their track."""

    person_pk: int
    user_id: str
    username: str
    track: Track


_BY_ID = people.select().where(people.c.id == bindparam("pk"))
_BY_USER_ID = people.select().where(people.c.user_id == bindparam("user_id"))
_LOCKED = changing(_BY_USER_ID)


def by_id(conn: sa.Connection, pk: int) -> Person | None:
    """The person with this key."""
    row = conn.execute(_BY_ID, {"pk": pk}).first()
    return None if row is None else Person(**row._mapping)


def by_user_id(conn: sa.Connection, user_id: str, *, lock: bool = False) -> Person | None:
    """The person the LMS knows under this id."""
    row = conn.execute(_LOCKED if lock else _BY_USER_ID, {"user_id": user_id}).first()
    return None if row is None else Person(**row._mapping)


_OF_NAME = tuple(
    people.select()
    .where(condition, people.c.retired_at.is_(None))
    .order_by(people.c.id)
    .limit(bindparam("count"))
    for condition in (
        people.c.user_id == bindparam("name"),
        people.c.username == bindparam("name"),
        sa.func.lower(people.c.email) == sa.func.lower(bindparam("name")),
    )
)


def of_name(conn: sa.Connection, name: str, *, count: int) -> list[Person]:
    """People with this user id, username or e-mail (in any case), retired ones left out."""
    found: dict[int, Person] = {}
    for query in _OF_NAME:
        for row in conn.execute(query, {"name": name, "count": count}):
            found.setdefault(row.id, Person(**row._mapping))
    return list(found.values())[:count]


_ACTIVE = keeping(
    sa.select(people.c.id).where(people.c.id == bindparam("pk"), people.c.retired_at.is_(None))
)


def keep(conn: sa.Connection, pk: int) -> bool:
    """Nobody retires this person until the commit; False where they are retired."""
    return conn.execute(_ACTIVE, {"pk": pk}).first() is not None


def keys_of(conn: sa.Connection, course_pk: int, user_ids: Iterable[str]) -> dict[str, int]:
    """User id → key of those among ``user_ids`` who are enrolled in the course."""
    query = (
        sa.select(people.c.user_id, people.c.id)
        .join(enrolments, enrolments.c.person_pk == people.c.id)
        .where(enrolments.c.course_pk == course_pk, people.c.user_id.in_(list(user_ids)))
    )
    return {user_id: pk for user_id, pk in conn.execute(query)}


def keys_by_email(conn: sa.Connection, email: str) -> list[int]:
    """Keys of the people with an e-mail address, in any case; at most 100."""
    same = sa.func.lower(people.c.email) == sa.func.lower(email)
    return list(conn.scalars(sa.select(people.c.id).where(same).limit(100)))


def named(conn: sa.Connection, course_pk: int, names: Sequence[str]) -> dict[str, list[Enrolment]]:
    """Name → the course's learners with this user id, else with this username."""
    found: dict[str, list[Enrolment]] = {}
    for column in (people.c.user_id, people.c.username):
        missing = [name for name in names if name not in found]
        query = (
            sa.select(people.c.id, people.c.user_id, people.c.username, enrolments.c.track)
            .join(enrolments, enrolments.c.person_pk == people.c.id)
            .where(enrolments.c.course_pk == course_pk, column.in_(missing))
            .order_by(people.c.id)
        )
        for pk, user_id, username, track in conn.execute(query):
            one = Enrolment(person_pk=pk, user_id=user_id, username=username, track=Track(track))
            found.setdefault(getattr(one, column.name), []).append(one)
    return found


def insert(conn: sa.Connection, user_id: str, now: datetime) -> bool:
    """Insert a person without names; False where they exist."""
    return insert_missing(conn, people, {"user_id": user_id, "created_at": now})


def update(conn: sa.Connection, pk: int, changes: Mapping[str, Any]) -> None:
    """Change a person's names, on the person and on their attempts (for the report)."""
    conn.execute(people.update().where(people.c.id == pk).values(changes))
    copied = {name: changes[name] for name in ("username", "email") if name in changes}
    if copied:
        lock_all(conn, attempts.c.person_pk == pk)
        conn.execute(attempts.update().where(attempts.c.person_pk == pk).values(copied))


def enrol(conn: sa.Connection, course_pk: int, person_pk: int, track: Track) -> None:
    """Enrol a learner, or change their track."""
    row = {"course_pk": course_pk, "person_pk": person_pk, "track": track}
    upsert(conn, enrolments, [row], keys=("course_pk", "person_pk"))


def unenrol(conn: sa.Connection, course_pk: int, person_pk: int) -> bool:
    """End an enrolment; False where there was none."""
    statement = enrolments.delete().where(
        enrolments.c.course_pk == course_pk, enrolments.c.person_pk == person_pk
    )
    return conn.execute(statement).rowcount == 1


_TRACK = sa.select(enrolments.c.track).where(
    enrolments.c.course_pk == bindparam("course_pk"),
    enrolments.c.person_pk == bindparam("person_pk"),
)
_ENROLMENTS = (
    sa.select(people.c.id, people.c.user_id, people.c.username, enrolments.c.track)
    .join(enrolments, enrolments.c.person_pk == people.c.id)
    .where(
        enrolments.c.course_pk == bindparam("course_pk"),
        enrolments.c.person_pk > bindparam("after"),
    )
    .order_by(enrolments.c.person_pk)
    .limit(bindparam("count"))
)
_TEAM = (
    people.select()
    .join(course_team, course_team.c.person_pk == people.c.id)
    .where(
        course_team.c.course_pk == bindparam("course_pk"),
        course_team.c.person_pk > bindparam("after"),
    )
    .order_by(course_team.c.person_pk)
    .limit(bindparam("count"))
)


def track_of(conn: sa.Connection, course_pk: int, person_pk: int) -> Track | None:
    """The learner's track in the course, None where not enrolled."""
    track = conn.scalar(_TRACK, {"course_pk": course_pk, "person_pk": person_pk})
    return None if track is None else Track(track)


def enrolment_page(
    conn: sa.Connection, course_pk: int, *, after: int, count: int
) -> list[Enrolment]:
    """The learners of a course by key."""
    values = {"course_pk": course_pk, "after": after, "count": count}
    return [
        Enrolment(person_pk=pk, user_id=user_id, username=username, track=Track(track))
        for pk, user_id, username, track in conn.execute(_ENROLMENTS, values)
    ]


def team_page(conn: sa.Connection, course_pk: int, *, after: int, count: int) -> list[Person]:
    """The team of a course by key."""
    values = {"course_pk": course_pk, "after": after, "count": count}
    return [Person(**row._mapping) for row in conn.execute(_TEAM, values)]


_PSEUDONYM = sa.select(pseudonyms.c.pseudonym).where(
    pseudonyms.c.person_pk == bindparam("person_pk"), pseudonyms.c.vendor == bindparam("vendor")
)
_OWNER = sa.select(pseudonyms.c.person_pk).where(
    pseudonyms.c.vendor == bindparam("vendor"), pseudonyms.c.pseudonym == bindparam("pseudonym")
)


def pseudonym_for(conn: sa.Connection, person_pk: int, vendor: str) -> str:
    """The name the vendor account knows a person by: random, stored, never the LMS id (domain §7).

    Two callers at once get the same one. Call it within a unit that writes.
    """
    values = {"person_pk": person_pk, "vendor": vendor}
    found: str | None = conn.scalar(_PSEUDONYM, values)
    return found if found is not None else new_pseudonym(conn, person_pk, vendor)


def new_pseudonym(conn: sa.Connection, person_pk: int, vendor: str) -> str:
    """Like :func:`pseudonym_for`, where the caller has just seen that there is none."""
    values = {"person_pk": person_pk, "vendor": vendor}
    name = secrets.token_hex(16)
    if insert_missing(conn, pseudonyms, {**values, "pseudonym": name}):
        return name
    # Another transaction was first; the insert waited for its commit, so its row counts.
    found: str | None = conn.scalar(_PSEUDONYM, values)
    if found is None:
        raise LookupError(f"person {person_pk} has no pseudonym for {vendor} after storing one")
    return found


def person_of(conn: sa.Connection, vendor: str, pseudonym: str) -> int | None:
    """Whom the vendor account means by a pseudonym; None: nobody."""
    values = {"vendor": vendor, "pseudonym": pseudonym}
    pk: int | None = conn.scalar(_OWNER, values)
    return pk


def pseudonyms_of(conn: sa.Connection, person_pk: int) -> dict[str, str]:
    """Vendor slug → pseudonym, of every vendor that knows the person."""
    query = (
        sa.select(pseudonyms.c.vendor, pseudonyms.c.pseudonym)
        .where(pseudonyms.c.person_pk == person_pk)
        .order_by(pseudonyms.c.vendor)
    )
    return {vendor: pseudonym for vendor, pseudonym in conn.execute(query)}
