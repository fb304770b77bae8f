"""People as the LMS knows them: users, enrolments, course teams; and the hub's own staff."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.language import is_language_tag
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import Role, Track
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import ensure_fields, ensure_id, refuse, storable
from proctor_hub.services.errors import Conflict, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for, person_for
from proctor_hub.services.paging import Page, after_int, decode, limit_of, page
from proctor_hub.services.partial import UNSET, Unset, given
from proctor_hub.services.retired import retired_ids
from proctor_hub.storage import access, audit
from proctor_hub.storage import people as store
from proctor_hub.storage.people import Enrolment, Person

MOST_FOUND = 50
STAFF_ROLES = frozenset({Role.SUPPORT, Role.OPERATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSettings:
    """What the LMS says of a user; what is not given keeps its value (empty when new).

    :param language: in which the user is written to, a BCP 47 tag; empty: the site's.
    """

    username: str | Unset = UNSET
    full_name: str | Unset = UNSET
    email: str | Unset = UNSET
    language: str | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPerson:
    """The person as they are now; ``created``: new to the hub."""

    person: Person
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody with a role that holds in all courses."""

    person_pk: int
    user_id: str
    role: Role


def put_person(hub: Hub, actor: Actor, *, user_id: str, settings: PersonSettings) -> PutPerson:
    """Tell the hub of a user, or of their new names, which their attempts then show, too.

    :raises Conflict: this user was retired: nothing about them is taken in again.
    """
    changes = given(settings)
    ensure_id("user_id", user_id)
    ensure_fields(changes)
    if (language := changes.get("language")) and not is_language_tag(language):
        refuse({"language": noted("must be a language tag (BCP 47), such as en or de-AT")})

    def unit(conn: sa.Connection) -> PutPerson:
        ensure(conn, actor, Permission.SET_PEOPLE)
        _ensure_not_retired(hub, conn, user_id)
        created = store.insert(conn, user_id, hub.now())
        person = store.by_user_id(conn, user_id, lock=True)
        if person is None or person.retired_at is not None:
            raise Conflict(noted("This user was retired."), code="person_retired")
        changed = {k: v for k, v in changes.items() if v != getattr(person, k)}
        if changed:
            store.update(conn, person.id, changed)
            person = store.by_id(conn, person.id) or person
        return PutPerson(person=person, created=created)

    return hub.database.write(unit)


def get_person(hub: Hub, actor: Actor, *, user_id: str) -> Person:
    """A user, for the LMS and operators; anybody may see themselves.

    :raises NotFound: not known, retired, or not the actor's to see.
    """
    with hub.database.read() as conn:
        if actor.person_pk is not None:
            own = store.by_id(conn, actor.person_pk)
            if own is not None and own.user_id == user_id and own.retired_at is None:
                return own
        ensure(conn, actor, Permission.SEE_PEOPLE, hidden_as=("learner", user_id))
        return person_for(conn, user_id)


def find_people(hub: Hub, actor: Actor, *, name: str) -> tuple[Person, ...]:
    """Whoever has exactly this user id, username or e-mail, at most :data:`MOST_FOUND`.

    :raises Forbidden: the actor may not see people.
    """
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_PEOPLE)
        if not name or not storable(name):
            return ()
        return tuple(store.of_name(conn, name, count=MOST_FOUND))


def put_enrolment(
    hub: Hub, actor: Actor, *, course_id: str, user_id: str, track: Track
) -> Enrolment:
    """Enrol a learner, or change their track. :raises NotFound: course or learner."""

    def unit(conn: sa.Connection) -> Enrolment:
        course = course_for(conn, actor, Permission.SET_PEOPLE, course_id)
        person = person_for(conn, user_id, lock=True)
        store.enrol(conn, course.id, person.id, track)
        return Enrolment(
            person_pk=person.id, user_id=user_id, username=person.username, track=track
        )

    return hub.database.write(unit)


def remove_enrolment(hub: Hub, actor: Actor, *, course_id: str, user_id: str) -> None:
    """End an enrolment; attempts stay. :raises NotFound: course, learner or enrolment."""

    def unit(conn: sa.Connection) -> None:
        course = course_for(conn, actor, Permission.SET_PEOPLE, course_id)
        person = person_for(conn, user_id)
        if not store.unenrol(conn, course.id, person.id):
            raise NotFound("enrolment", user_id)

    hub.database.write(unit)


def list_enrolments(
    hub: Hub, actor: Actor, *, course_id: str, cursor: str | None = None, limit: int | None = None
) -> Page[Enrolment]:
    """The learners of a course."""
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_PEOPLE, course_id)
        found = store.enrolment_page(conn, course.id, after=after, count=count + 1)
    return page(found, count, lambda enrolment: [enrolment.person_pk])


def add_team_member(hub: Hub, actor: Actor, *, course_id: str, user_id: str) -> bool:
    """Put a user on the course team; False where they were on it."""

    def unit(conn: sa.Connection) -> bool:
        course = course_for(conn, actor, Permission.SET_PEOPLE, course_id)
        person = person_for(conn, user_id, kind="user", lock=True)
        now = hub.now()
        added = access.add_to_team(conn, course.id, person.id, now)
        if added:
            audit.record(conn, now, actor, "team.added", course.id, user_id)
        return added

    return hub.database.write(unit)


def remove_team_member(hub: Hub, actor: Actor, *, course_id: str, user_id: str) -> None:
    """Take a user off the course team. :raises NotFound: they are not on it."""

    def unit(conn: sa.Connection) -> None:
        course = course_for(conn, actor, Permission.SET_PEOPLE, course_id)
        person = person_for(conn, user_id, kind="user")
        if not access.remove_from_team(conn, course.id, person.id):
            raise NotFound("team member", user_id)
        audit.record(conn, hub.now(), actor, "team.removed", course.id, user_id)

    hub.database.write(unit)


def list_team(
    hub: Hub, actor: Actor, *, course_id: str, cursor: str | None = None, limit: int | None = None
) -> Page[Person]:
    """The team of a course."""
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_PEOPLE, course_id)
        found = store.team_page(conn, course.id, after=after, count=count + 1)
    return page(found, count, lambda person: [person.id])


def grant_staff(hub: Hub, actor: Actor, *, user_id: str, role: Role, unknown: bool = False) -> bool:
    """Make a user support or operator; False where they were. By operators only.

    :param unknown: also one whom the LMS has not sent yet, without names until it does.
    :raises NotFound: no such user. :raises Conflict: this user was retired.
    """
    _ensure_staff_role(role)
    if unknown:
        ensure_id("user_id", user_id)

    def unit(conn: sa.Connection) -> bool:
        ensure(conn, actor, Permission.SET_STAFF)
        if unknown:
            _ensure_not_retired(hub, conn, user_id)
            store.insert(conn, user_id, hub.now())
        person = person_for(conn, user_id, kind="user", lock=True)
        now = hub.now()
        granted = access.grant_staff(conn, person.id, role, now)
        if granted:
            audit.record(conn, now, actor, "staff.granted", None, user_id, {"role": role})
        return granted

    return hub.database.write(unit)


def revoke_staff(hub: Hub, actor: Actor, *, user_id: str, role: Role) -> None:
    """Take the role back, at once. :raises NotFound: the user does not have it."""
    _ensure_staff_role(role)

    def unit(conn: sa.Connection) -> None:
        ensure(conn, actor, Permission.SET_STAFF)
        person = person_for(conn, user_id, kind="user")
        if not access.revoke_staff(conn, person.id, role):
            raise NotFound(f"{role} role of", user_id)
        audit.record(conn, hub.now(), actor, "staff.revoked", None, user_id, {"role": role})

    hub.database.write(unit)


def list_staff(
    hub: Hub, actor: Actor, *, cursor: str | None = None, limit: int | None = None
) -> Page[StaffMember]:
    """Who is support or operator."""
    count = limit_of(hub, limit)
    after = (0, "")
    if cursor is not None:
        pk, role = decode(cursor, int, str)
        after = (int(pk), str(role))
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SET_STAFF)
        rows = access.staff_page(conn, after=after, count=count + 1)
    found = [StaffMember(person_pk=pk, user_id=user, role=role) for pk, user, role in rows]
    return page(found, count, lambda member: [member.person_pk, member.role.value])


def staff_roles(hub: Hub, actor: Actor, *, user_id: str) -> frozenset[Role]:
    """What a user is in all courses: support, operator, both or neither.

    :raises NotFound: no such user. :raises Forbidden: the actor is no operator.
    """
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SET_STAFF)
        return access.roles_of(conn, person_for(conn, user_id, kind="user").id, None)


def _ensure_not_retired(hub: Hub, conn: sa.Connection, user_id: str) -> None:
    if any(store.by_user_id(conn, gone) for gone in retired_ids(hub.keyring, user_id)):
        raise Conflict(noted("This user was retired."), code="person_retired")


def _ensure_staff_role(role: Role) -> None:
    if role not in STAFF_ROLES:
        raise Invalid(
            noted("Only support and operator are granted."),
            fields={"role": noted("not one of them")},
        )
