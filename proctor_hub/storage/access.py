"""Stored membership: which roles a person has, everywhere and in one course."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam, literal

from proctor_hub.domain.words import Role
from proctor_hub.storage.tables import course_team, enrolments, people, staff
from proctor_hub.storage.upsert import insert_missing

_PERSON: sa.BindParameter[int] = bindparam("person_pk")
# With its type said: PostgreSQL cannot guess that of a bare parameter that is asked for NULL.
_COURSE: sa.BindParameter[int] = bindparam("course_pk", type_=sa.BigInteger)
_STAFF = sa.select(staff.c.role).where(staff.c.person_pk == _PERSON)
_TEAM = sa.select(literal(Role.COURSE_TEAM.value)).where(
    course_team.c.person_pk == _PERSON, course_team.c.course_pk == _COURSE
)
_ENROLLED = sa.select(literal(Role.LEARNER.value)).where(
    enrolments.c.person_pk == _PERSON, enrolments.c.course_pk == _COURSE
)
_ROLES = sa.union_all(_STAFF, _TEAM, _ENROLLED)


# With a type: PostgreSQL cannot tell one from "IS NULL".
_ONE_COURSE: sa.BindParameter[int | None] = bindparam("course_pk", type_=sa.BigInteger)


def _anywhere(role: Role, table: sa.Table) -> sa.Select[str]:
    some = sa.exists().where(
        table.c.person_pk == _PERSON,
        sa.or_(_ONE_COURSE.is_(None), table.c.course_pk == _ONE_COURSE),
    )
    return sa.select(literal(role.value)).where(some)


_STANDING = sa.union_all(
    _STAFF, _anywhere(Role.COURSE_TEAM, course_team), _anywhere(Role.LEARNER, enrolments)
)


def roles_of(conn: sa.Connection, person_pk: int, course_pk: int | None) -> frozenset[Role]:
    """The person's stored roles: support and operator, and those in the course, if one is given.

    ``Role.LEARNER`` stands for an enrolment in the course.
    """
    if course_pk is None:
        rows = conn.execute(_STAFF, {"person_pk": person_pk})
    else:
        rows = conn.execute(_ROLES, {"person_pk": person_pk, "course_pk": course_pk})
    return frozenset(Role(role) for (role,) in rows)


def standing_of(conn: sa.Connection, person_pk: int, course_pk: int | None) -> frozenset[Role]:
    """Support and operator, and what the person is in any course, or in the one given."""
    rows = conn.execute(_STANDING, {"person_pk": person_pk, "course_pk": course_pk})
    return frozenset(Role(role) for (role,) in rows)


def add_to_team(conn: sa.Connection, course_pk: int, person_pk: int, now: datetime) -> bool:
    """Put a person on the course team; False where they were on it."""
    values = {"course_pk": course_pk, "person_pk": person_pk, "granted_at": now}
    return insert_missing(conn, course_team, values)


def remove_from_team(conn: sa.Connection, course_pk: int, person_pk: int) -> bool:
    """Take a person off the course team; False where they were not on it."""
    statement = course_team.delete().where(
        course_team.c.course_pk == course_pk, course_team.c.person_pk == person_pk
    )
    return conn.execute(statement).rowcount == 1


def grant_staff(conn: sa.Connection, person_pk: int, role: Role, now: datetime) -> bool:
    """Make a person support or operator; False where they were."""
    values = {"person_pk": person_pk, "role": role, "granted_at": now}
    return insert_missing(conn, staff, values)


def revoke_staff(conn: sa.Connection, person_pk: int, role: Role) -> bool:
    """Take the role back; False where the person did not have it."""
    statement = staff.delete().where(staff.c.person_pk == person_pk, staff.c.role == role)
    return conn.execute(statement).rowcount == 1


_STAFF_PAGE = (
    sa.select(people.c.id, people.c.user_id, staff.c.role)
    .join(staff, staff.c.person_pk == people.c.id)
    .where(
        sa.or_(
            people.c.id > bindparam("after_id"),
            sa.and_(people.c.id == bindparam("after_id"), staff.c.role > bindparam("after_role")),
        )
    )
    .order_by(people.c.id, staff.c.role)
    .limit(bindparam("count"))
)


def staff_page(
    conn: sa.Connection, *, after: tuple[int, str], count: int
) -> list[tuple[int, str, Role]]:
    """Person key, user id and role of everybody with a role that holds in all courses."""
    values = {"after_id": after[0], "after_role": after[1], "count": count}
    return [(pk, user_id, Role(role)) for pk, user_id, role in conn.execute(_STAFF_PAGE, values)]


_TEAM_EMAIL = (
    sa.select(people.c.id)
    .join(course_team, course_team.c.person_pk == people.c.id)
    .where(
        course_team.c.course_pk == _COURSE,
        sa.func.lower(people.c.email) == bindparam("email"),
        people.c.retired_at.is_(None),
    )
    .order_by(people.c.id)
)


def team_member_by_email(conn: sa.Connection, course_pk: int, email: str) -> int | None:
    """The member of the course's team with this e-mail in any case (``reviewed_by``, domain §5)."""
    wanted = email.strip().lower()
    if not wanted:
        return None
    pk: int | None = conn.scalar(_TEAM_EMAIL, {"course_pk": course_pk, "email": wanted})
    return pk
