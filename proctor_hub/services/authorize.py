"""Who may do what: one table of permissions (domain §2), read against stored membership.

A person's roles come from the stored tables at each call, never from a token or a request. What a
caller may not even know of is :class:`NotFound`; what they may see but not do is
:class:`Forbidden`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import sqlalchemy as sa

from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import Role
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.services.hub import Actor
from proctor_hub.storage import access


class Permission(StrEnum):
    """What a role may do; for the course team: in its own courses only."""

    SEE_COURSE = noted("see courses and exams")
    SET_COURSE = noted("change course settings")
    MIGRATE = noted("migrate a course to another vendor")
    SET_EXAM = noted("create and change exams")
    SET_EXAM_RULES = noted("change exam rules")
    SET_PEOPLE = noted("change learners, enrolments and the course team")
    SEE_PEOPLE = noted("see learners, enrolments and the course team")
    SET_STAFF = noted("change who is support or operator")
    SET_CLIENTS = noted("see, make, rotate and revoke machine clients")
    SEE_ATTEMPTS = noted("see attempts")
    SEE_HISTORY = noted("see the history of attempts")
    SEE_REVIEWS = noted("see reviews, incidents and video")
    SEE_AS_LEARNER = noted("see a learner's page as that learner")
    ACT_FOR_LEARNER = noted("create and move attempts on a learner's behalf")
    GRANT_ALLOWANCES = noted("grant allowances")
    RESET_RESUME = noted("reset and resume attempts")
    DECIDE = noted("decide")
    SEE_ONBOARDING = noted("see onboarding profiles")
    SEE_REPORTS = noted("see reports")
    SEE_AUDIT = noted("see the audit log")
    SEE_HEALTH = noted("see health, quarantine and failed deliveries")
    VOUCH = noted("vouch for and replay callbacks")
    RETRY = noted("retry failed deliveries and jobs")
    RETIRE = noted("retire learners")
    LAUNCH = noted("get launch links and person tokens for users")


P = Permission

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.COURSE_TEAM: frozenset(
            {
                P.SEE_COURSE,
                P.SET_EXAM_RULES,
                P.SEE_PEOPLE,
                P.SEE_ATTEMPTS,
                P.SEE_HISTORY,
                P.SEE_REVIEWS,
                P.SEE_AS_LEARNER,
                P.GRANT_ALLOWANCES,
                P.RESET_RESUME,
                P.DECIDE,
                P.SEE_ONBOARDING,
                P.SEE_REPORTS,
            }
        ),
        Role.SUPPORT: frozenset(
            {
                P.SEE_COURSE,
                P.SEE_ATTEMPTS,
                P.SEE_HISTORY,
                P.SEE_REVIEWS,
                P.GRANT_ALLOWANCES,
                P.RESET_RESUME,
                P.DECIDE,
            }
        ),
        Role.OPERATOR: frozenset(
            {
                P.SEE_COURSE,
                P.SET_COURSE,
                P.MIGRATE,
                P.SET_EXAM,
                P.SET_EXAM_RULES,
                P.SEE_PEOPLE,
                P.SET_STAFF,
                P.SET_CLIENTS,
                P.SEE_REPORTS,
                P.SEE_AUDIT,
                P.SEE_HISTORY,
                P.SEE_HEALTH,
                P.VOUCH,
                P.RETRY,
                P.RETIRE,
            }
        ),
        Role.LMS: frozenset(
            {
                P.SEE_COURSE,
                P.SET_COURSE,
                P.SET_EXAM,
                P.SET_EXAM_RULES,
                P.SET_PEOPLE,
                P.SEE_PEOPLE,
                P.SEE_ATTEMPTS,
                P.SEE_HISTORY,
                P.ACT_FOR_LEARNER,
                P.GRANT_ALLOWANCES,
                P.SEE_ONBOARDING,
                P.LAUNCH,
            }
        ),
        Role.LEARNER: frozenset(),
        Role.VENDOR: frozenset(),
        Role.CLOCK: frozenset(),
    }
)
"""The table of domain §2. Learners act on what is their own only, see :func:`ensure_own`."""

_MACHINES = frozenset({Role.LMS, Role.OPERATOR})


def roles_in(conn: sa.Connection, actor: Actor, course_pk: int | None = None) -> frozenset[Role]:
    """The actor's roles, everywhere or in a course; ``LEARNER`` where enrolled in it.

    A machine (no stored person) has the role of its client; a person what is stored, and nothing
    else, whatever ``actor.role`` says. Who signed in for a course has none everywhere.
    """
    if actor.person_pk is not None:
        if not _within_bounds(actor, course_pk):
            return frozenset()
        found = access.roles_of(conn, actor.person_pk, course_pk)
        return found if actor.only is None else found & actor.only
    return frozenset({actor.role}) & _MACHINES


def may(
    conn: sa.Connection, actor: Actor, permission: Permission, course_pk: int | None = None
) -> bool:
    """Whether the actor has the permission, by any of their roles."""
    return permission in permissions_in(conn, actor, course_pk)


def permissions_in(
    conn: sa.Connection, actor: Actor, course_pk: int | None = None
) -> frozenset[Permission]:
    """Everything the actor may do, everywhere or in a course, by any of their roles."""
    roles = roles_in(conn, actor, course_pk)
    return frozenset(one for role in roles for one in PERMISSIONS[role])


def may_see_course(conn: sa.Connection, actor: Actor, course_pk: int) -> bool:
    """Whether the course is the actor's to know of: by any role in it, enrolment included."""
    return bool(roles_in(conn, actor, course_pk))


def may_know_attempt(conn: sa.Connection, actor: Actor, course_pk: int, person_pk: int) -> bool:
    """Whether the actor may learn of an attempt: its learner, and any role but a learner's.

    :param course_pk: of the attempt. :param person_pk: of its learner.
    """
    return may_take(actor, course_pk, person_pk) or bool(
        roles_in(conn, actor, course_pk) - {Role.LEARNER}
    )


def may_take(actor: Actor, course_pk: int, person_pk: int) -> bool:
    """Whether an attempt is the actor's own to take: theirs, and within what they signed in for.

    :param course_pk: of the attempt. :param person_pk: of its learner.
    """
    own = actor.person_pk is not None and actor.person_pk == person_pk
    learns = actor.only is None or Role.LEARNER in actor.only
    return own and learns and _within_bounds(actor, course_pk)


def _within_bounds(actor: Actor, course_pk: int | None) -> bool:
    # Asked without a course: of all courses, and so beyond any bound.
    return actor.course_pk is None or course_pk == actor.course_pk


def ensure(
    conn: sa.Connection,
    actor: Actor,
    permission: Permission,
    course_pk: int | None = None,
    *,
    hidden_as: tuple[str, str] | None = None,
) -> frozenset[Role]:
    """The actor's roles that have the permission; never empty.

    :param hidden_as: kind and name of the object asked for.
    :raises NotFound: ``hidden_as`` is given, and the actor has no role that may see it.
    :raises Forbidden: the actor may see it, but not do this.
    """
    roles = roles_in(conn, actor, course_pk)
    entitled = frozenset(role for role in roles if permission in PERMISSIONS[role])
    if entitled:
        return entitled
    if not roles and hidden_as is not None:
        raise NotFound(*hidden_as)
    raise Forbidden(told("You may not %(permission)s here.", permission=told(permission)))


def ensure_course_staff(conn: sa.Connection, actor: Actor, course_pk: int) -> frozenset[Role]:
    """The actor's staff roles in the course: course team, support, operator.

    :raises Forbidden: none of them.
    """
    staff = roles_in(conn, actor, course_pk) & {Role.COURSE_TEAM, Role.SUPPORT, Role.OPERATOR}
    if not staff:
        raise Forbidden(noted("Only the staff of this course may do this."))
    return staff


def ensure_own(actor: Actor, person_pk: int, *, kind: str, name: str) -> None:
    """The object belongs to the learner who asks.

    :raises NotFound: it is somebody else's.
    """
    if actor.person_pk is None or actor.person_pk != person_pk:
        raise NotFound(kind, name)
