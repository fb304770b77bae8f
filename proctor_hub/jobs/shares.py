"""Which units of work a worker should have, given who lives and who has what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What is to change for one worker: units to claim now, and those to let go of."""

    take: tuple[str, ...]
    spare: frozenset[str]


def shares(
    names: Collection[str],
    owners: Mapping[str, str],
    me: str,
    live: Sequence[str],
    left_over: Collection[str] = (),
) -> Shares:
    """A fair share of ``names`` for ``me``, one of the ``live`` workers.

    Workers that know the same units come to shares that add up to all of them, none larger than
    another by more than one, and of mixed kinds.

    :param owners: unit → the living worker that has it.
    :param left_over: units nobody took when they were free the last time: those that know of them
        have enough already, so they are taken by whoever is here.
    """
    order = sorted(names, key=lambda name: crc32(f"{me} {name}".encode()))
    mine = [name for name in order if owners.get(name) == me]
    free = [name for name in order if name not in owners]
    least, more = divmod(len(order), len(live))
    quota = least + (sorted(live).index(me) < more)
    room = max(quota - len(mine), 0)
    take = free[:room] + [name for name in free[room:] if name in left_over]
    return Shares(take=tuple(take), spare=frozenset(mine[quota:]))
