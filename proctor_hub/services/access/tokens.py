"""Access tokens of machines, and the five-minute tokens of people; both signed by the hub.

A token says who asks, never what they may: the client's row and a person's roles are read again at
each call (a client's at most a second old), so what is revoked stops.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import bindparam

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import Role
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import Client, ClientKind
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage.tables import people, staff

ACCESS_LIFETIME = timedelta(hours=1)
PERSON_LIFETIME = timedelta(minutes=5)
_ACCESS = "access tokens"
_PERSON = "person"
_ALGORITHM = "HS256"
_MAX_LENGTH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A signed token and how long it holds."""

    text: str
    lifetime: timedelta

    def __repr__(self) -> str:
        """Without the token."""
        return f"Token(lifetime={self.lifetime!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who presented a token.

    :param client: the client itself, or the LMS client that got the person token.
    :param actor: what services are told.
    """

    client: Client
    actor: Actor

    @property
    def is_person(self) -> bool:
        """Whether a person acts, by a person token."""
        return self.actor.person_pk is not None


_PERSON_OF = sa.select(people.c.id).where(
    people.c.user_id == bindparam("user_id"), people.c.retired_at.is_(None)
)
_PERSON_ROLES = (
    sa.select(people.c.id, staff.c.role)
    .select_from(people.outerjoin(staff, staff.c.person_pk == people.c.id))
    .where(people.c.user_id == bindparam("user_id"), people.c.retired_at.is_(None))
)


def access_token(hub: Hub, client: Client, lifetime: timedelta = ACCESS_LIFETIME) -> Token:
    """A token for the client, as ``/oauth2/access_token`` answers it."""
    claims = {"aud": _audience(hub), "sub": client.client_id, "kind": client.kind}
    if client.vendor is not None:
        claims["vendor"] = client.vendor
    return _mint(hub, claims, lifetime)


def person_token(hub: Hub, lms: Caller, user_id: str) -> Token:
    """A token for one of the LMS's users.

    :raises Forbidden: the caller is no LMS client. :raises NotFound: no such user.
    """
    if lms.client.kind is not ClientKind.LMS or lms.is_person:
        raise Forbidden(noted("Only the LMS gets person tokens, for its own users."))
    with hub.database.read() as conn:
        known = storable(user_id) and conn.execute(_PERSON_OF, {"user_id": user_id}).first()
    if not known:
        raise NotFound("person", user_id)
    claims = {"aud": _PERSON, "sub": user_id, "client": lms.client.client_id}
    return _mint(hub, claims, PERSON_LIFETIME)


def caller_of(hub: Hub, token: str) -> Caller | None:
    """Who presents this token; None for one that is not ours, expired, or revoked."""
    claims = _verified(hub, token)
    if claims is None:
        return None
    subject = claims["sub"]
    if claims["aud"] == _PERSON:
        return _person(hub, subject, str(claims.get("client", "")))
    client = _client(hub, subject)
    if client is None:
        return None
    return Caller(client=client, actor=clients.actor_of(client))


def _client(hub: Hub, client_id: str) -> Client | None:
    return hub.recent.get(client_id, hub.now(), lambda: clients.find(hub, client_id))


def _person(hub: Hub, user_id: str, client_id: str) -> Caller | None:
    client = _client(hub, client_id)
    with hub.database.read() as conn:
        rows = conn.execute(_PERSON_ROLES, {"user_id": user_id}).all()
    if not rows or client is None or client.kind is not ClientKind.LMS:
        return None
    roles = frozenset(Role(row.role) for row in rows if row.role is not None)
    actor = Actor(role=Role.LEARNER, id=user_id, person_pk=rows[0].id, roles=roles)
    return Caller(client=client, actor=actor)


def _mint(hub: Hub, claims: dict[str, Any], lifetime: timedelta) -> Token:
    now = int(hub.now().timestamp())
    full = {
        "iss": hub.public_url,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
        "jti": str(uuid.uuid4()),
        **claims,
    }
    key = OctKey.import_key(hub.keyring.derive(_ACCESS)[0])
    text = jwt.encode({"alg": _ALGORITHM}, full, key, algorithms=[_ALGORITHM])
    return Token(text=text, lifetime=lifetime)


def _verified(hub: Hub, token: str) -> Mapping[str, Any] | None:
    if len(token) > _MAX_LENGTH:
        return None
    for secret in hub.keyring.derive(_ACCESS):
        try:
            claims = _signed_by(secret, token)
        except (JoseError, ValueError):
            continue
        return claims if _holds(hub, claims) else None
    return None


@lru_cache(maxsize=1024)
def _signed_by(secret: bytes, token: str) -> Mapping[str, Any]:
    # A client shows the same token with every call. Who signed it stays true; whether it still
    # holds is asked each time. What raises is not kept, so garbage displaces nobody's.
    claims: dict[str, Any] = jwt.decode(
        token, OctKey.import_key(secret), algorithms=[_ALGORITHM]
    ).claims
    return MappingProxyType(claims)


def _holds(hub: Hub, claims: Mapping[str, Any]) -> bool:
    expires, subject = claims.get("exp"), claims.get("sub")
    return (
        claims.get("iss") == hub.public_url
        and claims.get("aud") in (_audience(hub), _PERSON)
        and isinstance(subject, str)
        and isinstance(expires, int)
        and hub.now().timestamp() < expires
    )


def _audience(hub: Hub) -> str:
    return f"{hub.public_url}/api"
