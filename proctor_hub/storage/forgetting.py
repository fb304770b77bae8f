"""Kept calls, stored answers and waiting effects that tell of a person: found by index, emptied.

What cannot be found by a key has to be read and looked at. Reading is done in pages outside any
transaction first; within it, only what may have come since (design §3: units are short).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.outbox import every_destination
from proctor_hub.storage.quarantine import give_back
from proctor_hub.storage.tables import attempts, callbacks, idempotency, outbox

ERASED = "erased"
"""Outcome of a callback that cannot be replayed, since its content is gone."""

_PAGE = 500
_PAGE_BYTES = 8 * 1024 * 1024
_VENDORS = "vendor:"

AnswerKey = tuple[int, str, str]
"""Client, path and key of a stored answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """What stands for the content of an erased callback.

    :param request: a sealed request that says nothing. :param replayable: outcomes after which a
        callback could be taken again; it no longer can.
    """

    request: bytes
    replayable: frozenset[str]

    def values(self) -> dict[str, Any]:
        """The columns of an erased callback; that it came and what became of it stays."""
        outcome = sa.case(
            (callbacks.c.outcome.in_(sorted(self.replayable)), ERASED), else_=callbacks.c.outcome
        )
        return {
            "request": self.request,
            "size": 0,
            "digest": "",
            "detail": "",
            "source": "",
            "outcome": outcome,
            "vouched_reason": "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCall:
    """A kept callback; ``request`` is sealed."""

    id: int
    received_at: datetime
    request: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """A stored answer; ``response`` is sealed, None while the first request still runs."""

    key: AnswerKey
    response: bytes | None


def unlinked_calls(conn: sa.Connection, *, after: int = 0) -> Iterator[KeptCall]:
    """Callbacks of no known attempt with an id over ``after``; few megabytes at a time."""
    while True:
        heads = conn.execute(
            sa.select(callbacks.c.id, callbacks.c.size)
            .where(callbacks.c.attempt_pk.is_(None), callbacks.c.id > after)
            .order_by(callbacks.c.id)
            .limit(_PAGE)
        ).all()
        if not heads:
            return
        for group in _by_size(heads):
            yield from calls(conn, group)
        after = heads[-1].id


def calls(conn: sa.Connection, pks: Collection[int]) -> list[KeptCall]:
    """These callbacks, in order."""
    query = (
        sa.select(callbacks.c.id, callbacks.c.received_at, callbacks.c.request)
        .where(callbacks.c.id.in_(list(pks)))
        .order_by(callbacks.c.id)
    )
    return [KeptCall(**row._mapping) for row in conn.execute(query)]


def empty_unlinked(conn: sa.Connection, pks: Sequence[int], emptied: Emptied) -> None:
    """Empty these callbacks, but for one that meanwhile was found to be an attempt's."""
    for pk in pks:
        unlinked = (callbacks.c.id == pk) & callbacks.c.attempt_pk.is_(None)
        if conn.scalar(sa.select(callbacks.c.id).where(unlinked).with_for_update()) is None:
            continue
        give_back(conn, pk)
        conn.execute(callbacks.update().where(unlinked).values(emptied.values()))


def put_request(conn: sa.Connection, callback_pk: int, request: bytes) -> None:
    """Keep a callback's request in another wording."""
    conn.execute(callbacks.update().where(callbacks.c.id == callback_pk).values(request=request))


def answers(conn: sa.Connection) -> Iterator[KeptAnswer]:
    """Every stored answer (kept for 24 h), page by page."""
    key = sa.tuple_(idempotency.c.client_pk, idempotency.c.path, idempotency.c.key)
    after: AnswerKey = (0, "", "")
    while True:
        query = _ANSWERS.where(key > sa.tuple_(*after)).order_by(*_KEY).limit(_PAGE)
        found = [_answer(row) for row in conn.execute(query)]
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1].key


def answers_since(conn: sa.Connection, since: datetime) -> list[KeptAnswer]:
    """Answers to requests that began at ``since`` or later."""
    return [_answer(row) for row in conn.execute(_ANSWERS.where(idempotency.c.created_at >= since))]


def answer(conn: sa.Connection, key: AnswerKey) -> KeptAnswer | None:
    """What is stored under a key."""
    row = conn.execute(_ANSWERS.where(*_is(key))).first()
    return None if row is None else _answer(row)


def forget_answer(conn: sa.Connection, key: AnswerKey) -> None:
    """Delete a stored answer."""
    conn.execute(idempotency.delete().where(*_is(key)))


def close_outbox(conn: sa.Connection, person_pk: int, now: datetime) -> None:
    """What tells of the learner's attempts is emptied; what waits for anyone but a vendor is ended.

    Vendors' notices hold no personal data, and the vendor is still to hear of its own sessions.
    """
    exams = sa.select(attempts.c.exam_pk).where(attempts.c.person_pk == person_pk).distinct()
    streams = [f"{person_pk}:{exam_pk}" for exam_pk in conn.scalars(exams)]
    for destination in every_destination(conn):
        if destination.startswith(_VENDORS):
            continue
        mine = (outbox.c.destination == destination) & outbox.c.stream.in_(streams)
        conn.execute(
            outbox.update()
            .where(mine, outbox.c.delivered_at.is_(None))
            .values(delivered_at=now, last_error="the learner was retired")
        )
        conn.execute(outbox.update().where(mine).values(payload={}))


_KEY = (idempotency.c.client_pk, idempotency.c.path, idempotency.c.key)
_ANSWERS = sa.select(*_KEY, idempotency.c.response)


def _is(key: AnswerKey) -> list[sa.ColumnElement[bool]]:
    return [column == value for column, value in zip(_KEY, key, strict=True)]


def _answer(row: Any) -> KeptAnswer:
    return KeptAnswer(key=(row.client_pk, row.path, row.key), response=row.response)


def _by_size(heads: Sequence[Any]) -> Iterator[list[int]]:
    group: list[int] = []
    size = 0
    for head in heads:
        if group and size + head.size > _PAGE_BYTES:
            yield group
            group, size = [], 0
        group.append(head.id)
        size += head.size
    yield group
