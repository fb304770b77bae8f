"""Idempotency keys: a create that is sent twice happens once, for 24 hours (issue 2).

Kept per client and path; the stored answer is encrypted, since it may hold personal data. Only
successes are kept: what was refused changed nothing, and is answered anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from proctor_hub.domain.told import noted, told
from proctor_hub.services.access.tokens import Caller
from proctor_hub.services.errors import Conflict, Invalid
from proctor_hub.services.hub import Hub
from proctor_hub.storage import idempotency as store
from proctor_hub.storage.idempotency import Claim, Stored

KEPT = timedelta(hours=24)
_DEAD = timedelta(minutes=5)
_MAX_KEY = 200
_CONTEXT = "idempotency"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer as it goes over the wire; ``repeated`` where it is an earlier one."""

    status: int
    body: bytes
    repeated: bool = False


def claim_of(caller: Caller, path: str, key: str, body: bytes) -> Claim:
    """The claim of a request; a person's keys are apart from their LMS's.

    :raises Invalid: the key is empty, too long, or not printable ASCII.
    """
    if not 1 <= len(key) <= _MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            noted("The Idempotency-Key cannot be used."),
            fields={
                "Idempotency-Key": told("1 to %(most)s printable ASCII characters", most=_MAX_KEY)
            },
        )
    if caller.is_person:
        path = f"{path} {hashlib.sha256(caller.actor.id.encode()).hexdigest()[:32]}"
    digest = hashlib.sha256(body).hexdigest()
    return Claim(client_pk=caller.client.pk, path=path, key=key, digest=digest)


def once(hub: Hub, claim: Claim | None, work: Callable[[], StoredAnswer]) -> StoredAnswer:
    """Run ``work`` unless its key was used: then repeat the answer, byte for byte.

    :raises Invalid: the key was used with another body. :raises Conflict: it still runs.
    """
    if claim is None:
        return work()
    now = hub.now()

    def claiming(conn: sa.Connection) -> bool:
        return store.claim(conn, claim, now=now, expired=now - KEPT, dead=now - _DEAD)

    if not hub.database.write(claiming):
        with hub.database.read() as conn:
            stored = store.read(conn, claim)
        return _repeat(hub, claim, stored)
    try:
        answer = work()
    except BaseException:
        hub.database.write(lambda conn: store.release(conn, claim))
        raise
    sealed = hub.keyring.encrypt(answer.body, context=_CONTEXT)
    hub.database.write(lambda conn: store.complete(conn, claim, answer.status, sealed))
    return answer


def purge(hub: Hub) -> int:
    """Forget keys older than 24 hours; return how many."""
    before = hub.now() - KEPT
    return hub.database.write(lambda conn: store.purge(conn, before))


def _repeat(hub: Hub, claim: Claim, stored: Stored | None) -> StoredAnswer:
    if stored is not None and stored.digest != claim.digest:
        raise Invalid(
            noted("This Idempotency-Key was used with another body."),
            fields={"Idempotency-Key": noted("give each request a key of its own")},
            code="idempotency_key_reused",
        )
    if stored is None or stored.status is None or stored.response is None:
        raise Conflict(
            noted("The first request with this Idempotency-Key still runs; ask again in a moment."),
            code="request_in_progress",
        )
    body = hub.keyring.decrypt(stored.response, context=_CONTEXT)
    return StoredAnswer(status=stored.status, body=body, repeated=True)
