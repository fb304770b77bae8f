"""Which attempt an event is about: one of the calling account's own, or none."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.services.checks import storable
from proctor_hub.storage import attempts as store
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.receiving import AttemptRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An attempt of the calling account; ``current`` False: by an id that was replaced."""

    record: AttemptRecord
    current: bool


def match(conn: sa.Connection, vendor: str, ref: AttemptRef) -> Match | str:
    """The attempt ``ref`` names, locked; or the reason why there is none.

    An attempt of another account is no match, whatever id the caller names.
    """
    if not all(storable(name or "") for name in (ref.attempt_code, ref.external_id)):
        return noted("the id of the attempt has a character that no id has")
    if ref.attempt_code is not None:
        return _by_code(conn, vendor, ref.attempt_code, ref.external_id)
    if ref.external_id is None:
        return noted("the call names no attempt")
    found = store.by_external_id(conn, vendor, ref.external_id, lock=True)
    if found is None:
        return noted("no attempt of this account has this external id")
    record, current = found
    return Match(record=record, current=current)


def _by_code(conn: sa.Connection, vendor: str, code: str, external_id: str | None) -> Match | str:
    record = store.by_code(conn, code, lock=True)
    if record is None or record.vendor != vendor:
        return noted("no attempt of this account has this attempt code")
    if external_id is None or _same(external_id, record.external_id):
        return Match(record=record, current=True)
    replaced = store.replaced_ids(conn, record.id)
    if any(_same(external_id, old) for old in replaced):
        return Match(record=record, current=False)
    return noted("the external id does not belong to this attempt code")


def _same(one: str, other: str | None) -> bool:
    return other is not None and one.casefold() == other.casefold()
