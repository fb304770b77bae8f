"""Claims on second reviews, so that two people do not decide the same one (domain §5).

Whoever may decide a second review now may claim it. While a claim holds, nobody else decides
or resets it here; a decision from the vendor's dashboard counts all the same. It ends by itself
after as many minutes as the setting ``claim_minutes`` says, when it is released, and as soon as the
second review is over, escalated or archived. An expired one may be taken over.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from proctor_hub.domain.errors import NotEntitled
from proctor_hub.domain.labels import label
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import AttemptStatus, DecisionKind
from proctor_hub.services import decision_rules
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.errors import Conflict
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import people
from proctor_hub.storage import review_claims as store
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.review_claims import ReviewClaim

CLAIMED = "claimed_by_another"
"""Code of the refusal while somebody else holds it."""


def claim(hub: Hub, actor: Actor, code: str) -> ReviewClaim:
    """Claim a second review, or hold on to it for as long again.

    :raises Conflict: somebody else holds it (``claimed_by_another``; says who and until when), or
        there is no second review to claim (``no_second_review``).
    :raises NotEntitled: it is not the caller's to decide. :raises NotFound: no such attempt, or
        not the caller's to see.
    """

    def unit(conn: sa.Connection) -> ReviewClaim:
        record, person_pk = _theirs(conn, actor, code)
        if record.status is not AttemptStatus.SECOND_REVIEW_REQUIRED or not record.live:
            raise Conflict(
                told(
                    "This attempt is “%(status)s”: there is no second review to claim.",
                    status=label(record.status),
                ),
                code="no_second_review",
            )
        roles = ensure(conn, actor, Permission.DECIDE, record.course_pk)
        decision_rules.deciding_role(roles, DecisionKind.PASS, record)
        now = hub.now()
        until = now + timedelta(minutes=hub.limits.claim_minutes)
        taken = store.take(conn, record.id, person_pk, now=now, until=until)
        if not taken:
            ensure_unclaimed(hub, conn, record, person_pk)
        return store.of_attempts(conn, [record.id], now)[record.id]

    return hub.database.write(unit)


def release(hub: Hub, actor: Actor, code: str) -> None:
    """Give a claim back; nothing happens where there is none, or none any more.

    :raises Conflict: somebody else holds it. :raises NotFound: as :func:`claim`.
    """

    def unit(conn: sa.Connection) -> None:
        record, person_pk = _theirs(conn, actor, code)
        ensure_unclaimed(hub, conn, record, person_pk)
        store.release(conn, record.id, person_pk)

    hub.database.write(unit)


def ensure_unclaimed(
    hub: Hub, conn: sa.Connection, record: AttemptRecord, person_pk: int | None
) -> None:
    """Nobody but this person holds the second review; the attempt is locked by the caller.

    :param person_pk: None: a machine, which holds none. :raises Conflict: somebody else does.
    """
    held = store.of_attempts(conn, [record.id], hub.now()).get(record.id)
    if held is not None and held.person_pk != person_pk:
        raise Conflict(
            told(
                "%(name)s has claimed this second review until %(expires_at)s. "
                "Ask them to release it, or wait until then.",
                name=held.name,
                expires_at=held.expires_at,
            ),
            code=CLAIMED,
        )


def _theirs(conn: sa.Connection, actor: Actor, code: str) -> tuple[AttemptRecord, int]:
    # Before the attempt, in the order of locks: a retirement must not pass by a claim being made.
    known = actor.person_pk is not None and people.keep(conn, actor.person_pk)
    record = visible(conn, actor, code, lock=True)
    ensure(conn, actor, Permission.DECIDE, record.course_pk, hidden_as=("attempt", code))
    if actor.person_pk is None or not known:
        raise NotEntitled(noted("Only a person claims: get a person token for them."))
    return record, actor.person_pk
