"""Rounds by the clock that keep stored things true and small; each does a bounded piece at a time.

What a round does not finish, the next one goes on with.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from proctor_hub.services.hub import Hub
from proctor_hub.services.pacing import is_ending
from proctor_hub.storage import onboarding, pruning

_PIECE = 500
_PIECES = 40
"""A round writes at most so many pieces, each a transaction of its own."""


def expire_onboarding(hub: Hub) -> int:
    """Approved onboarding profiles whose time is over become ``expired``; how many did.

    Whoever reads a profile knows that already (domain §6); this makes the stored word agree.
    """
    expired = 0
    for _ in range(_PIECES):
        some = hub.database.write(partial(onboarding.expire, now=hub.now(), count=_PIECE))
        expired += some
        if some < _PIECE or is_ending():
            break
    return expired


def prune_outbox(hub: Hub) -> int:
    """Delete effects delivered longer ago than is kept; how many. Waiting and parked ones stay."""
    before = hub.now() - timedelta(days=hub.limits.delivery_days)
    pruned, after = 0, 0
    for _ in range(_PIECES):
        piece = hub.database.write(
            partial(pruning.delivered, after=after, before=before, count=_PIECE)
        )
        pruned += piece.deleted
        if piece.last is None or is_ending():
            break
        after = piece.last
    return pruned
