"""Queries on retirements: who was erased, and what each vendor answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from proctor_hub.storage.outbox import AT_ONCE
from proctor_hub.storage.tables import outbox, people, retirement_receipts, retirements
from proctor_hub.storage.upsert import insert_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Whether a vendor confirmed that it holds nothing of the learner any more.

    :param confirmed_by: the operator who had it confirmed elsewhere; empty: the vendor itself.
    """

    vendor: str
    confirmed: bool
    confirmed_by: str
    detail: str
    updated_at: datetime


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
        {
            "event_id": str(uuid.uuid4()),
            "destination": destinations[vendor],
            "stream": f"retire:{person_pk}",
            "seq": 1,
            "kind": "retire_learner",
            "payload": {"person_pk": person_pk, "pseudonym": pseudonym},
            "created_at": now,
            "next_try_at": AT_ONCE,
        }
        for vendor, pseudonym in vendors.items()
    ]
    conn.execute(outbox.insert(), notices)


_SELECT = sa.select(*retirements.c, people.c.user_id.label("retired_id")).join(
    people, people.c.id == retirements.c.person_pk
)


def of_person(conn: sa.Connection, person_pk: int) -> Retirement | None:
    """The retirement of a person."""
    rows = conn.execute(_SELECT.where(retirements.c.person_pk == person_pk)).all()
    found = _with_receipts(conn, rows)
    return found[0] if found else None


def page(conn: sa.Connection, *, before: int, count: int) -> list[Retirement]:
    """Retirements with an id under ``before``, newest first."""
    query = _SELECT.where(retirements.c.id < before).order_by(retirements.c.id.desc()).limit(count)
    return _with_receipts(conn, conn.execute(query).all())


def _with_receipts(
    conn: sa.Connection, rows: Sequence[sa.Row[*tuple[object, ...]]]
) -> list[Retirement]:
    query = (
        retirement_receipts.select()
        .where(retirement_receipts.c.retirement_pk.in_([row._mapping["id"] for row in rows]))
        .order_by(retirement_receipts.c.vendor)
    )
    found: dict[int, list[Receipt]] = {}
    for receipt in conn.execute(query):
        values = dict(receipt._mapping)
        found.setdefault(values.pop("retirement_pk"), []).append(Receipt(**values))
    return [
        Retirement(**row._mapping, receipts=tuple(found.get(row._mapping["id"], ())))
        for row in rows
    ]
