"""An operator has many kept callbacks taken again: all with an outcome, or some by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from proctor_hub.domain.told import noted, told
from proctor_hub.services import paging
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.callbacks.replay import replay
from proctor_hub.services.checks import ensure_fields
from proctor_hub.services.errors import Invalid, ServiceError
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import callbacks as store
from proctor_hub.storage.upsert import is_key

MOST_REPLAYED = 1000
"""Callbacks one call may take again, and twice as many that it may look at."""

MOST_NAMED = 200
"""Callbacks one call may name."""

_BATCH = 200


class Unsettled(StrEnum):
    """Outcomes of authenticated callbacks that had no effect."""

    UNMATCHED = "unmatched"
    UNPARSABLE = "unparsable"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of one callback; ``code`` is its outcome, or why it was not taken again."""

    id: int
    code: str
    status: int
    detail: str
    attempt_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedSome:
    """What became of each; ``next_cursor`` None: all there was has been looked at."""

    items: tuple[Replayed, ...]
    next_cursor: str | None = None


def replay_named(
    hub: Hub, actor: Actor, ids: Sequence[int], *, reason: str = "", vendor: str | None = None
) -> ReplayedSome:
    """Take these again, in the order they came in, each in a transaction of its own.

    :param reason: why those in quarantine may be believed. :param vendor: the account of those for
        which none was found.
    :raises Invalid: too many, or none.
    """
    ensure_fields({"reason": reason}, long=["reason"])
    if not 1 <= len(ids) <= MOST_NAMED:
        raise Invalid(
            noted("Name some callbacks."),
            fields={"ids": told("from 1 to %(most)s", most=MOST_NAMED)},
        )
    _ensure(hub, actor)
    return ReplayedSome(
        items=tuple(_one(hub, actor, pk, reason, vendor) for pk in sorted(set(ids)))
    )


def replay_all(
    hub: Hub,
    actor: Actor,
    outcome: Unsettled,
    *,
    vendor: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> ReplayedSome:
    """Take those with an outcome again, the oldest first; never one that is in quarantine.

    Each in a transaction of its own: what was done stays done. One that has no effect again is not
    met a second time, since ``next_cursor`` goes on behind it.

    :raises Invalid: the limit, or a cursor that is none of ours.
    """
    if not 1 <= limit <= MOST_REPLAYED:
        raise Invalid(
            noted("The limit is out of range."),
            fields={"limit": told("from 1 to %(most)s", most=MOST_REPLAYED)},
        )
    after, looked_at = paging.after_int(cursor), 0
    _ensure(hub, actor)
    done: list[Replayed] = []
    while len(done) < limit and looked_at < 2 * limit + _BATCH:
        count = min(_BATCH, limit - len(done))
        with hub.database.read() as conn:
            rows = store.with_outcome(conn, outcome, after=after, count=count)
        if not rows:
            return ReplayedSome(items=tuple(done))
        looked_at += len(rows)
        for pk, slug in rows:
            after = pk
            if vendor in (None, slug):
                done.append(_one(hub, actor, pk, "", None))
    return ReplayedSome(items=tuple(done), next_cursor=paging.encode([after]))


def _ensure(hub: Hub, actor: Actor) -> None:
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.VOUCH)


def _one(hub: Hub, actor: Actor, pk: int, reason: str, vendor: str | None) -> Replayed:
    try:
        found = replay(hub, actor, pk, reason=reason, vendor=vendor)
    except ServiceError as error:
        return Replayed(
            id=pk if is_key(pk) else 0,
            code=error.problem_code,
            status=error.status,
            detail=str(error),
        )
    return Replayed(
        id=pk,
        code=found.outcome.code,
        status=found.outcome.status,
        detail=found.outcome.detail,
        attempt_code=found.attempt_code,
    )
