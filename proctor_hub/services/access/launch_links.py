"""One-time launch links: how a browser that the LMS or an operator sends becomes signed in.

A link holds for minutes, works once, and is bound to a user, roles, a course and a page. It only
ever narrows: what the person may do is read from storage at each request (domain §2, design §5).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from proctor_hub.domain.labels import label
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import Role
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.tokens import Caller
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Forbidden, Gone, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import audit, courses, people
from proctor_hub.storage import visits as store

PATH = "/launch"
PEOPLES_ROLES = frozenset({Role.LEARNER, Role.COURSE_TEAM, Role.SUPPORT, Role.OPERATOR})
"""What a person can be; a link may narrow to some of them."""

_OVER = "launch_link_over"
_MAX_TARGET = 1000
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchLink:
    """An address that signs one browser in, once, until then; a secret while it holds."""

    url: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the address."""
        return f"LaunchLink(expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """To what a link, and the sign-in it becomes, are bound.

    :param roles: none but these, of those the person has; empty: all of them.
    :param course_pk: nothing of other courses. :param client_pk: the LMS client that vouched.
    """

    person_pk: int
    roles: frozenset[Role] = frozenset()
    course_pk: int | None = None
    client_pk: int | None = None


def for_lms(
    hub: Hub,
    lms: Caller,
    *,
    user_id: str,
    target: str,
    course_id: str | None = None,
    roles: Collection[Role] = (),
) -> LaunchLink:
    """A link for one of the LMS's users.

    :param target: the page's path. :param course_id: bind it to this course.
    :raises Forbidden: the caller is no LMS client. :raises NotFound: no such user or course.
    :raises Invalid: a role that no person has.
    """
    if lms.client.kind is not ClientKind.LMS or lms.is_person:
        raise Forbidden(noted("Only the LMS gets launch links, for its own users."))
    wrong = sorted(set(roles) - PEOPLES_ROLES)
    if wrong:
        raise Invalid(
            noted("no person has such a role"),
            fields={"roles": told("“%(wrong)s” is no person's", wrong=label(wrong[0]))},
        )

    def unit(conn: sa.Connection) -> LaunchLink:
        ensure(conn, lms.actor, Permission.LAUNCH)
        course_pk = None
        if course_id is not None:
            course = courses.by_course_id(conn, course_id) if storable(course_id) else None
            if course is None:
                raise NotFound("course", course_id)
            course_pk = course.id
        bounds = Bounds(
            person_pk=_person(conn, user_id),
            roles=frozenset(roles),
            course_pk=course_pk,
            client_pk=lms.client.pk,
        )
        return make(hub, conn, bounds, target)

    return hub.database.write(unit)


def for_staff(hub: Hub, actor: Actor, *, user_id: str, target: str) -> LaunchLink:
    """A link from the command line, on the machine that holds the configuration; on record.

    :raises NotFound: no such user.
    """

    def unit(conn: sa.Connection) -> LaunchLink:
        person_pk = _person(conn, user_id)
        audit.record(conn, hub.now(), actor, "launch_link.made", subject=user_id)
        return make(hub, conn, Bounds(person_pk=person_pk), target)

    return hub.database.write(unit)


def make(hub: Hub, conn: sa.Connection, bounds: Bounds, target: str) -> LaunchLink:
    """Store a new link within ``conn``'s transaction."""
    token, expires_at = new_link(hub, conn, bounds, target)
    return LaunchLink(url=f"{hub.public_url}{PATH}/{token}", expires_at=expires_at)


def new_link(hub: Hub, conn: sa.Connection, bounds: Bounds, target: str) -> tuple[str, datetime]:
    """The secret of a new link, and when it expires.

    :raises Invalid: ``target`` is no path of this hub.
    """
    if not is_path(target):
        raise Invalid(
            noted("the page must be a path of this hub"),
            fields={"target": noted("is no such path")},
        )
    now = hub.now()
    expires_at = now + timedelta(seconds=hub.limits.launch_link_seconds)
    token = secrets.token_urlsafe(_SECRET_BYTES)
    store.insert_link(
        conn,
        {
            "digest": digest_of(token),
            "person_pk": bounds.person_pk,
            "roles": " ".join(sorted(bounds.roles)),
            "course_pk": bounds.course_pk,
            "client_pk": bounds.client_pk,
            "target": target,
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return token, expires_at


def use(hub: Hub, conn: sa.Connection, token: str) -> tuple[Bounds, str]:
    """What the link is bound to, and the page it leads to; it works for nobody after this.

    :raises Gone: it was used, is over, or never was.
    """
    found = store.use_link(conn, digest_of(token), hub.now())
    if found is None:
        raise Gone(
            noted(
                "This link has been used or is over: each works once, for a short time. Go back to "
                "your course and open the page from there again."
            ),
            code=_OVER,
        )
    bounds = Bounds(
        person_pk=found.person_pk,
        roles=frozenset(Role(word) for word in found.roles.split()),
        course_pk=found.course_pk,
        client_pk=found.client_pk,
    )
    return bounds, found.target


def target_of(hub: Hub, token: str) -> str:
    """The page a link leads to, used or not.

    :raises Gone: it never was, or was forgotten.
    """
    with hub.database.read() as conn:
        found = store.link(conn, digest_of(token))
    if found is None:
        raise Gone(noted("This link is over. Open the page from your course again."), code=_OVER)
    return found.target


def target_for(hub: Hub, token: str, person_pk: int) -> str | None:
    """The page a link of this very person leads to, used or over; None: it is none of theirs."""
    with hub.database.read() as conn:
        found = store.link(conn, digest_of(token))
    return found.target if found is not None and found.person_pk == person_pk else None


def course_of(hub: Hub, token: str) -> str | None:
    """The id of the course a link is bound to; decides which sites may frame the way in."""
    with hub.database.read() as conn:
        found = store.link(conn, digest_of(token))
        course_pk = None if found is None else found.course_pk
        course = None if course_pk is None else courses.by_id(conn, course_pk)
    return None if course is None else course.course_id


def digest_of(token: str) -> str:
    """How a secret of 256 random bits is stored: nothing slow is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_path(target: str) -> bool:
    """Whether a browser that is sent to ``target`` stays on this hub."""
    return (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and len(target) <= _MAX_TARGET
        and target.isprintable()
        and storable(target)
    )


def _person(conn: sa.Connection, user_id: str) -> int:
    person = people.by_user_id(conn, user_id) if storable(user_id) else None
    if person is None or person.retired_at is not None:
        raise NotFound("person", user_id)
    return person.id
