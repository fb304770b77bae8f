"""Machine clients: made, rotated and revoked from the command line (issue 2)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import Role
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import ensure_fields
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.paging import Page, after_int, limit_of, page
from proctor_hub.storage import audit
from proctor_hub.storage import clients as store
from proctor_hub.storage.clients import ClientRow
from proctor_hub.storage.engine import after_commit

DEFAULT_OVERLAP = timedelta(days=1)
"""How long the old secret goes on working after a rotation."""

_NOBODY = "0" * 64


class ClientKind(StrEnum):
    """What a machine client is, and with that what it may do (domain §2)."""

    LMS = "lms"
    VENDOR = "vendor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A machine client, without its secret."""

    pk: int
    client_id: str
    kind: ClientKind
    name: str
    vendor: str | None
    created_at: datetime
    revoked_at: datetime | None
    previous_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A client with a secret that is shown once and stored nowhere."""

    client: Client
    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"NewSecret({self.client.client_id!r})"


def create(
    hub: Hub, actor: Actor, kind: ClientKind, *, name: str = "", vendor: str | None = None
) -> NewSecret:
    """Make a client; ``vendor`` is the account's slug for kind ``vendor``, and for no other.

    :raises Invalid: a vendor client without a configured account, or another one with one.
    :raises Forbidden: the actor is no operator.
    """
    ensure_fields({"name": name})
    if (kind is ClientKind.VENDOR) != (vendor is not None):
        raise Invalid(
            noted("A vendor's client belongs to one vendor account, any other to none."),
            fields={"vendor": noted("give it for kind vendor only")},
        )
    if vendor is not None and vendor not in {*hub.vendors.vendors, *hub.vendors.broken}:
        raise Invalid(
            noted("There is no such vendor account."),
            fields={"vendor": noted("not in the configuration")},
        )
    client_id = f"{kind}-{secrets.token_hex(8)}"
    secret = secrets.token_urlsafe(32)
    values = {
        "client_id": client_id,
        "kind": kind,
        "name": name,
        "vendor": vendor,
        "secret_digest": _digest(client_id, secret),
        "created_at": hub.now(),
    }

    def unit(conn: sa.Connection) -> Client:
        ensure(conn, actor, Permission.SET_CLIENTS)
        store.insert(conn, values)
        audit.record(conn, hub.now(), actor, "client.created", subject=client_id)
        return _stored(conn, client_id)

    return NewSecret(client=hub.database.write(unit), secret=secret)


def rotate(
    hub: Hub, actor: Actor, client_id: str, *, overlap: timedelta = DEFAULT_OVERLAP
) -> NewSecret:
    """Give a client a new secret; the old one works on for ``overlap``.

    :raises NotFound: no such client, or it is revoked.
    """
    secret = secrets.token_urlsafe(32)

    def unit(conn: sa.Connection) -> Client:
        ensure(conn, actor, Permission.SET_CLIENTS)
        row = _row(conn, client_id)
        changed = store.change(
            conn,
            client_id,
            secret_digest=_digest(client_id, secret),
            previous_digest=row.secret_digest,
            previous_until=hub.now() + overlap,
        )
        if not changed:
            raise NotFound("client", client_id)
        audit.record(conn, hub.now(), actor, "client.rotated", subject=client_id)
        return _stored(conn, client_id)

    return NewSecret(client=hub.database.write(unit), secret=secret)


def revoke(hub: Hub, actor: Actor, client_id: str) -> Client:
    """Stop a client, tokens it holds included: at once here, within a second elsewhere.

    :raises NotFound: no such client, or it is revoked already.
    """

    def unit(conn: sa.Connection) -> Client:
        ensure(conn, actor, Permission.SET_CLIENTS)
        if not store.change(conn, client_id, revoked_at=hub.now()):
            raise NotFound("client", client_id)
        audit.record(conn, hub.now(), actor, "client.revoked", subject=client_id)
        after_commit(conn, lambda: hub.recent.forget(client_id))
        return _stored(conn, client_id)

    return hub.database.write(unit)


def list_clients(
    hub: Hub, actor: Actor, *, cursor: str | None = None, limit: int | None = None
) -> Page[Client]:
    """All clients, oldest first, revoked ones too. :raises Forbidden: the actor is no operator."""
    count = limit_of(hub, limit)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SET_CLIENTS)
        rows = store.page(conn, after=after_int(cursor), count=count + 1)
    return page([client_of(row) for row in rows], count, lambda client: (client.pk,))


def find(hub: Hub, client_id: str) -> Client | None:
    """The client, if it exists and is not revoked; one indexed query."""
    with hub.database.read() as conn:
        row = store.by_client_id(conn, client_id)
    return None if row is None or row.revoked_at is not None else client_of(row)


def authenticate(hub: Hub, client_id: str, secret: str) -> Client | None:
    """The client, if the secret is its own (or its former one, within the overlap).

    Takes the same time for an unknown client as for a wrong secret.
    """
    with hub.database.read() as conn:
        row = store.by_client_id(conn, client_id)
    given = _digest(client_id, secret)
    current = hmac.compare_digest(given, _NOBODY if row is None else row.secret_digest)
    former = hmac.compare_digest(given, (row.previous_digest if row else "") or _NOBODY)
    if row is None or row.revoked_at is not None:
        return None
    overlapping = row.previous_until is not None and hub.now() < row.previous_until
    return client_of(row) if current or (former and overlapping) else None


def actor_of(client: Client) -> Actor:
    """The client as an actor; a vendor's acts through callbacks only."""
    return Actor(role=Role(client.kind.value), id=client.client_id)


def client_of(row: ClientRow) -> Client:
    """The public part of a stored client."""
    return Client(
        pk=row.id,
        client_id=row.client_id,
        kind=ClientKind(row.kind),
        name=row.name,
        vendor=row.vendor,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        previous_until=row.previous_until,
    )


def _row(conn: sa.Connection, client_id: str) -> ClientRow:
    row = store.by_client_id(conn, client_id)
    if row is None:
        raise NotFound("client", client_id)
    return row


def _stored(conn: sa.Connection, client_id: str) -> Client:
    return client_of(_row(conn, client_id))


def _digest(client_id: str, secret: str) -> str:
    # Secrets are 256 random bits, so nothing slow is needed; keyed by the client, so that equal
    # digests say nothing. Not keyed by the keyring: its keys are rotated away.
    key = hashlib.sha256(client_id.encode("utf-8", "replace")).digest()
    return hmac.digest(key, secret.encode("utf-8", "replace"), "sha256").hex()
