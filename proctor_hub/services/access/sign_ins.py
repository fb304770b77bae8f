"""Sign-ins: what a browser holds after a launch link, kept on the server and revocable.

The browser has a random secret in a cookie; the hub has its digest. What the person may do is read
from storage at each request; the sign-in only narrows it (design §5).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from proctor_hub.domain.language import is_language_tag
from proctor_hub.domain.words import Role
from proctor_hub.services.access import launch_links
from proctor_hub.services.access.launch_links import Bounds, digest_of
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import audit, people
from proctor_hub.storage import visits as store
from proctor_hub.storage.visits import SignInRow

_FORMS = "form tokens"
_SECRET_BYTES = 32
_MAX_SECRET = 100
_SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who looks at a page.

    :param form_token: every form sends it back; no other site can know it.
    :param language: chosen for this sign-in, else the person's own; may be empty.
    :param proven_attempt_pk: the attempt whose exam window this browser is.
    :param course_id: the course it is bound to; None: to none.
    """

    digest: str
    actor: Actor
    person_pk: int
    user_id: str
    name: str
    language: str
    form_token: str = field(repr=False)
    expires_at: datetime
    proven_attempt_pk: int | None = None
    course_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A new sign-in.

    :param secret: for the cookie. :param spare: the secret of a second link to the same page, for
        a browser that turns out to refuse the cookie; void once the cookie came back.
    """

    secret: str
    target: str
    spare: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Entry(target={self.target!r})"


def enter(hub: Hub, token: str) -> Entry:
    """Turn a launch link into a sign-in.

    :raises Gone: the link was used, is over, or never was.
    """

    def unit(conn: sa.Connection) -> Entry:
        bounds, target = launch_links.use(hub, conn, token)
        secret, expires_at = _begin(hub, conn, bounds)
        spare, _ = launch_links.new_link(hub, conn, bounds, target)
        return Entry(secret=secret, target=target, spare=spare, expires_at=expires_at)

    return hub.database.write(unit)


def enter_exam_window(hub: Hub, person_pk: int, course_pk: int, attempt_pk: int) -> Entry:
    """Sign in the browser that brought the host's proof for an attempt: as its learner, in its
    course, for nothing else. The caller has verified the proof."""
    bounds = Bounds(person_pk=person_pk, roles=frozenset({Role.LEARNER}), course_pk=course_pk)

    def unit(conn: sa.Connection) -> Entry:
        secret, expires_at = _begin(hub, conn, bounds, proven_attempt_pk=attempt_pk)
        return Entry(secret=secret, target="", spare="", expires_at=expires_at)

    return hub.database.write(unit)


def find(hub: Hub, secret: str) -> SignIn | None:
    """The sign-in of this cookie; None where it is over, ended, or none of ours."""
    if not 0 < len(secret) <= _MAX_SECRET:
        return None
    digest, now = digest_of(secret), hub.now()
    with hub.database.read() as conn:
        row = store.sign_in(conn, digest)
    if row is None or now >= _end_of(hub, row):
        return None
    if now - row.seen_at >= _SEEN_EVERY:
        hub.database.write(lambda conn: store.note_seen(conn, digest, now))
    roles = frozenset(Role(word) for word in row.roles.split())
    return SignIn(
        digest=digest,
        actor=Actor(
            role=Role.LEARNER,
            id=row.user_id,
            person_pk=row.person_pk,
            only=roles or None,
            course_pk=row.course_pk,
        ),
        person_pk=row.person_pk,
        user_id=row.user_id,
        name=row.full_name or row.username or row.user_id,
        language=row.language or row.person_language,
        form_token=form_tokens(hub, digest)[0],
        expires_at=row.expires_at,
        proven_attempt_pk=row.proven_attempt_pk,
        course_id=row.course_id,
    )


def another_window(hub: Hub, sign_in: SignIn, target: str) -> launch_links.LaunchLink:
    """A link with which a new tab, which has other cookies than a frame, gets in as this one did.

    :raises Invalid: ``target`` is no path of this hub.
    """

    def unit(conn: sa.Connection) -> launch_links.LaunchLink:
        row = store.sign_in(conn, sign_in.digest)
        bounds = Bounds(
            person_pk=sign_in.person_pk,
            roles=sign_in.actor.only or frozenset(),
            course_pk=sign_in.actor.course_pk,
            client_pk=None if row is None else row.client_pk,
        )
        return launch_links.make(hub, conn, bounds, target)

    return hub.database.write(unit)


def arrived(hub: Hub, spare: str) -> None:
    """The browser keeps its cookie, so nobody needs the spare link."""
    digest = digest_of(spare)
    hub.database.write(lambda conn: store.void_link(conn, digest, hub.now()))


def form_tokens(hub: Hub, digest: str) -> list[str]:
    """The tokens that forms of this sign-in may bear; the first is given out."""
    keys = hub.keyring.derive(_FORMS)
    return [hmac.digest(key, digest.encode(), "sha256").hex() for key in keys]


def is_form_token(hub: Hub, sign_in: SignIn, given: str) -> bool:
    """Whether the form was made for this sign-in; compared in constant time."""
    found = [
        hmac.compare_digest(one.encode(), given.encode("utf-8", "replace"))
        for one in form_tokens(hub, sign_in.digest)
    ]
    return any(found)


def choose_language(hub: Hub, sign_in: SignIn, language: str) -> None:
    """Show pages of this sign-in in another language; one that is no tag is passed over."""
    if is_language_tag(language):
        hub.database.write(lambda conn: store.set_language(conn, sign_in.digest, language))


def sign_out(hub: Hub, sign_in: SignIn) -> None:
    """End this sign-in, at once."""
    hub.database.write(lambda conn: store.end(conn, sign_in.digest, hub.now()))


def revoke_all(hub: Hub, actor: Actor, *, user_id: str) -> int:
    """End every sign-in of a person and void their unused links; how many sign-ins had not ended.

    :raises Forbidden: the actor is no operator. :raises NotFound: no such user.
    """

    def unit(conn: sa.Connection) -> int:
        ensure(conn, actor, Permission.SET_STAFF)
        person = people.by_user_id(conn, user_id) if storable(user_id) else None
        if person is None:
            raise NotFound("person", user_id)
        audit.record(conn, hub.now(), actor, "sign_ins.revoked", subject=user_id)
        return store.end_all_of(conn, person.id, hub.now())

    return hub.database.write(unit)


def prune(hub: Hub) -> int:
    """Delete links and sign-ins that expired over a day ago; how many."""
    before, count = hub.now() - timedelta(days=1), 500
    return hub.database.write(lambda conn: store.prune(conn, before=before, count=count))


def _begin(
    hub: Hub, conn: sa.Connection, bounds: Bounds, *, proven_attempt_pk: int | None = None
) -> tuple[str, datetime]:
    now = hub.now()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    expires_at = now + timedelta(seconds=hub.limits.sign_in_seconds)
    store.insert_sign_in(
        conn,
        {
            "digest": digest_of(secret),
            "person_pk": bounds.person_pk,
            "roles": " ".join(sorted(bounds.roles)),
            "course_pk": bounds.course_pk,
            "client_pk": bounds.client_pk,
            "proven_attempt_pk": proven_attempt_pk,
            "created_at": now,
            "seen_at": now,
            "expires_at": expires_at,
        },
    )
    return secret, expires_at


def _end_of(hub: Hub, row: SignInRow) -> datetime:
    idle = row.seen_at + timedelta(seconds=hub.limits.sign_in_idle_seconds)
    return min(row.expires_at, idle)
