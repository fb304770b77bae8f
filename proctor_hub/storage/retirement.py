"""Queries on retirements: who was erased, and what each vendor answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.cause import request_id
from proctor_hub.storage.outbox import AT_ONCE
from proctor_hub.storage.tables import (
    outbox,
    people,
    pseudonyms,
    retirement_receipts,
    retirements,
)
from proctor_hub.storage.upsert import insert_missing, upsert

NOTICE = "retire_learner"
"""Kind of the outbox row that has a vendor told."""

DestinationOf = Callable[[str], str]
"""Vendor slug → outbox destination of its notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Whether a vendor confirmed that it holds nothing of the learner any more.

    :param confirmed_by: the operator who had it confirmed elsewhere; empty: the vendor itself.
    :param detail: what the vendor answered last, or the operator's note.
    :param tries: how often the vendor was asked in vain. :param next_try_at: when it is asked
        next; None: it is not. :param parked_at: since when it is asked no more until an operator
        has it tried again. :param last_error: why the last try failed.
    """

    vendor: str
    confirmed: bool
    confirmed_by: str
    detail: str
    updated_at: datetime
    tries: int = 0
    next_try_at: datetime | None = None
    parked_at: datetime | None = None
    last_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A vendor holds nothing any more, by its own word or (``by``) by an operator's.

    :param seq: the notice that it answered; None: all of them.
    """

    vendor: str
    by: str
    detail: str
    at: datetime
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """A learner's erasure. ``retired_id`` stands for their user id everywhere now."""

    id: int
    person_pk: int
    retired_id: str
    requested_at: datetime
    requested_by: str
    receipts: tuple[Receipt, ...]

    @property
    def complete(self) -> bool:
        """True when every vendor that knew the learner has confirmed."""
        return all(receipt.confirmed for receipt in self.receipts)


def put(
    conn: sa.Connection,
    person_pk: int,
    *,
    requested_by: str,
    vendors: Mapping[str, str],
    destinations: Mapping[str, str],
    now: datetime,
) -> None:
    """Record a retirement, and have each vendor told.

    :param vendors: slug → pseudonym. :param destinations: slug → outbox destination.
    """
    row = {"person_pk": person_pk, "requested_at": now, "requested_by": requested_by}
    if not insert_missing(conn, retirements, row) or not vendors:
        return
    pk = sa.select(retirements.c.id).where(retirements.c.person_pk == person_pk)
    retirement_pk = conn.execute(pk).scalar_one()
    receipts = [
        {"retirement_pk": retirement_pk, "vendor": vendor, "confirmed": False, "updated_at": now}
        for vendor in vendors
    ]
    conn.execute(retirement_receipts.insert(), receipts)
    notices = [
        _notice(person_pk, pseudonym, destinations[vendor], 1, now)
        for vendor, pseudonym in vendors.items()
    ]
    conn.execute(outbox.insert(), notices)


def note(conn: sa.Connection, *, person_pk: int, vendor: str, detail: str, now: datetime) -> None:
    """Keep what a vendor answered that has not confirmed; a confirmation stays.

    :raises LookupError: nobody asked to retire this person at this vendor.
    """
    receipt = _locked(conn, person_pk, vendor)
    if not receipt.confirmed:
        conn.execute(_one(receipt).values(detail=detail, updated_at=now))


def confirm(conn: sa.Connection, person_pk: int, answer: Confirmed, destination: str) -> bool:
    """The vendor holds nothing any more: keep that, end its notices, forget the pseudonym.

    False where nothing new is confirmed: it was before, or a later notice waits for its answer.

    :param destination: of the vendor's notices.
    :raises LookupError: nobody asked to retire this person at this vendor.
    """
    receipt = _locked(conn, person_pk, answer.vendor)
    mine = (outbox.c.destination == destination) & (outbox.c.stream == _stream(person_pk))
    if answer.seq is not None:
        last = conn.scalar(sa.select(sa.func.max(outbox.c.seq)).where(mine))
        if last is not None and last > answer.seq:
            return False
    new = not receipt.confirmed
    if new:
        conn.execute(
            _one(receipt).values(
                confirmed=True,
                confirmed_by=answer.by,
                detail=answer.detail,
                updated_at=answer.at,
            )
        )
    waiting = outbox.update().where(mine, outbox.c.delivered_at.is_(None))
    conn.execute(waiting.values(delivered_at=answer.at))
    # Why earlier tries failed goes, too: it is the vendor's words.
    conn.execute(outbox.update().where(mine).values(payload={}, last_error=""))
    conn.execute(
        pseudonyms.delete().where(
            pseudonyms.c.person_pk == person_pk, pseudonyms.c.vendor == answer.vendor
        )
    )
    return new


def ask_again(
    conn: sa.Connection,
    person_pk: int,
    vendor: str,
    pseudonym: str,
    destination: str,
    now: datetime,
) -> None:
    """The vendor came to know a retired learner while they were being erased: it is told again.

    :raises LookupError: nobody asked to retire this person.
    """
    retirement_pk = conn.scalar(
        sa.select(retirements.c.id).where(retirements.c.person_pk == person_pk)
    )
    if retirement_pk is None:
        raise LookupError(f"no retirement of person {person_pk} is on record")
    receipt = {
        "retirement_pk": retirement_pk,
        "vendor": vendor,
        "confirmed": False,
        "confirmed_by": "",
        "detail": "a session was opened while the learner was being erased",
        "updated_at": now,
    }
    upsert(conn, retirement_receipts, [receipt], keys=("retirement_pk", "vendor"))
    mine = (outbox.c.destination == destination) & (outbox.c.stream == _stream(person_pk))
    last = conn.scalar(sa.select(sa.func.max(outbox.c.seq)).where(mine)) or 0
    conn.execute(outbox.insert(), _notice(person_pk, pseudonym, destination, last + 1, now))


def _stream(person_pk: int) -> str:
    return f"retire:{person_pk}"


def _notice(
    person_pk: int, pseudonym: str, destination: str, seq: int, now: datetime
) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "destination": destination,
        "stream": _stream(person_pk),
        "seq": seq,
        "kind": NOTICE,
        "trace_id": request_id(),
        "payload": {"person_pk": person_pk, "pseudonym": pseudonym},
        "created_at": now,
        "next_try_at": AT_ONCE,
    }


def _locked(conn: sa.Connection, person_pk: int, vendor: str) -> Any:
    query = (
        retirement_receipts.select()
        .join(retirements, retirements.c.id == retirement_receipts.c.retirement_pk)
        .where(retirements.c.person_pk == person_pk, retirement_receipts.c.vendor == vendor)
        .with_for_update(of=retirement_receipts)
    )
    receipt = conn.execute(query).first()
    if receipt is None:
        raise LookupError(f"no retirement of person {person_pk} at {vendor} is on record")
    return receipt


def _one(receipt: Any) -> sa.Update:
    return retirement_receipts.update().where(
        retirement_receipts.c.retirement_pk == receipt.retirement_pk,
        retirement_receipts.c.vendor == receipt.vendor,
    )


_SELECT = sa.select(*retirements.c, people.c.user_id.label("retired_id")).join(
    people, people.c.id == retirements.c.person_pk
)


def of_person(
    conn: sa.Connection, person_pk: int, destination_of: DestinationOf
) -> Retirement | None:
    """The retirement of a person."""
    rows = conn.execute(_SELECT.where(retirements.c.person_pk == person_pk)).all()
    found = _with_receipts(conn, rows, destination_of)
    return found[0] if found else None


def page(
    conn: sa.Connection,
    destination_of: DestinationOf,
    *,
    before: int,
    count: int,
    only_open: bool = False,
) -> list[Retirement]:
    """Retirements with an id under ``before``, newest first; those some vendor has not confirmed
    alone (``only_open``)."""
    query = _SELECT.where(retirements.c.id < before).order_by(retirements.c.id.desc()).limit(count)
    if only_open:
        waiting = retirement_receipts.c.retirement_pk
        # As the partial index says it. In its order, so that it is the index that is read.
        unconfirmed = (
            sa.select(waiting)
            .where(sa.text("NOT confirmed"), waiting < before)
            .order_by(waiting.desc())
            .distinct()
            .limit(count)
        )
        query = query.where(retirements.c.id.in_(unconfirmed.scalar_subquery()))
    return _with_receipts(conn, conn.execute(query).all(), destination_of)


def _with_receipts(
    conn: sa.Connection, rows: Sequence[sa.Row[*tuple[Any, ...]]], destination_of: DestinationOf
) -> list[Retirement]:
    query = (
        retirement_receipts.select()
        .where(retirement_receipts.c.retirement_pk.in_([row._mapping["id"] for row in rows]))
        .order_by(retirement_receipts.c.vendor)
    )
    receipts = conn.execute(query).all()
    people_of = {row._mapping["id"]: row._mapping["person_pk"] for row in rows}
    notices = _notices(
        conn,
        {destination_of(one.vendor) for one in receipts},
        [_stream(pk) for pk in people_of.values()],
    )
    found: dict[int, list[Receipt]] = {}
    for one in receipts:
        values = dict(one._mapping)
        retirement_pk = values.pop("retirement_pk")
        place = (destination_of(one.vendor), _stream(people_of[retirement_pk]))
        found.setdefault(retirement_pk, []).append(Receipt(**values, **notices.get(place, {})))
    return [
        Retirement(**row._mapping, receipts=tuple(found.get(row._mapping["id"], ())))
        for row in rows
    ]


def _notices(
    conn: sa.Connection, destinations: Iterable[str], streams: Sequence[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Of each destination and stream: how far the notice is that is its turn, else the latest."""
    query = (
        sa.select(
            outbox.c.destination,
            outbox.c.stream,
            outbox.c.tries,
            outbox.c.created_at,
            outbox.c.next_try_at,
            outbox.c.parked_at,
            outbox.c.delivered_at,
            outbox.c.last_error,
        )
        .where(outbox.c.destination.in_(sorted(destinations)), outbox.c.stream.in_(streams))
        .order_by(outbox.c.seq.desc())
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in conn.execute(query):
        waits = row.delivered_at is None
        place = (row.destination, row.stream)
        due = max(row.next_try_at, row.created_at)
        if waits or place not in found:
            found[place] = {
                "tries": row.tries,
                "next_try_at": due if waits and row.parked_at is None else None,
                "parked_at": row.parked_at if waits else None,
                "last_error": row.last_error if waits else "",
            }
    return found
