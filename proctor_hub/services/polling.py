"""Asking vendors that cannot call back: what they answer goes the way of a callback (design §3).

A vendor tells the same again at every poll. What it said of an attempt last is kept, and only what
was not in it is applied; where nothing is new, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from proctor_hub.errors import PluginError, VendorError, VendorUnauthorized, VendorUnavailable
from proctor_hub.services.attempts import vendor_view
from proctor_hub.services.callbacks import polled
from proctor_hub.services.callbacks.envelope import digest_of, unseal
from proctor_hub.services.callbacks.outcomes import EFFECTIVE
from proctor_hub.services.callbacks.polled import AboutAttempt
from proctor_hub.services.callbacks.receive import Received, apply_all, keep_whatever_happens
from proctor_hub.services.hub import Hub
from proctor_hub.services.pacing import is_ending
from proctor_hub.storage import attempts as attempt_store
from proctor_hub.storage import polling as store
from proctor_hub.storage.polling import Noted
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.receiving import AttemptRef, CallbackEvent
from proctor_hub.vendors.routes import POLL
from proctor_hub.vendors.subjects import Capability

BATCH = 50
"""A vendor is asked about at most so many attempts at a time."""

_FAILURES_IN_A_ROW = 3
_log = structlog.get_logger("proctor_hub.polling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a round of one vendor brought.

    :param asked: attempts it was asked about. :param news: attempts of which it told something new.
    :param refused: events about attempts it was not asked about, or about none.
    :param failed: True where it did not answer to the end; the rest waits for the next round.
    """

    asked: int = 0
    news: int = 0
    refused: int = 0
    failed: bool = False

    def __str__(self) -> str:
        told = f"{self.asked} asked about, {self.news} with news, {self.refused} refused"
        return f"{told}; failed" if self.failed else told


def polling_vendors(hub: Hub) -> list[Vendor]:
    """The usable accounts whose vendor has to be asked."""
    return [one for one in hub.vendors.vendors.values() if one.can(Capability.POLLING)]


def poll(hub: Hub, slug: str) -> Polled:
    """Ask one vendor for news of its open attempts, and apply what it answers.

    A vendor that is not well ends the round; a batch that it cannot answer ends only itself.

    :raises PluginError: there is no such usable account.
    """
    vendor = hub.vendors.get(slug)
    asked = news = refused = in_a_row = 0
    failed = False
    for batch in _batches(hub, slug):
        try:
            told = vendor.poll_reviews(
                attempts=tuple(vendor_view.attempt_of(hub, record) for record in batch)
            )
        except (VendorError, PluginError) as error:
            _log.warning("poll_failed", vendor=slug, attempts=len(batch), error=str(error)[:300])
            failed, in_a_row = True, in_a_row + 1
            if isinstance(error, VendorUnavailable | VendorUnauthorized):
                break
            if in_a_row == _FAILURES_IN_A_ROW:
                break
            continue
        in_a_row = 0
        asked += len(batch)
        sorted_out, others = _sorted_out(batch, told)
        refused += others
        news += _take(hub, vendor, sorted_out)
    if refused:
        _log.warning("poll_refused", vendor=slug, events=refused)
    return Polled(asked=asked, news=news, refused=refused, failed=failed)


def _batches(hub: Hub, slug: str) -> Iterator[list[AttemptRecord]]:
    after = 0
    while not is_ending():
        with hub.database.read() as conn:
            batch = store.open_attempts(conn, slug, after=after, count=BATCH)
        if not batch:
            return
        yield batch
        after = batch[-1].id


def _sorted_out(
    batch: Sequence[AttemptRecord], told: Sequence[CallbackEvent]
) -> tuple[dict[int, list[AboutAttempt]], int]:
    """The events by the attempt they are about, and how many are about none that was asked for."""
    by_id = {(record.external_id or "").casefold(): record for record in batch}
    by_code = {record.code: record for record in batch}
    found: dict[int, list[AboutAttempt]] = {}
    others = 0
    for event in told:
        record = None
        if isinstance(event, AboutAttempt):
            record = _meant(event.attempt, by_id, by_code)
            if record is not None:
                found.setdefault(record.id, []).append(polled.cleaned(event))
        others += record is None
    return found, others


def _meant(
    ref: AttemptRef, by_id: dict[str, AttemptRecord], by_code: dict[str, AttemptRecord]
) -> AttemptRecord | None:
    named = None if ref.external_id is None else by_id.get(ref.external_id.casefold())
    if ref.attempt_code is None:
        return named
    record = by_code.get(ref.attempt_code)
    return record if ref.external_id is None or named is record else None


def _take(hub: Hub, vendor: Vendor, told: dict[int, list[AboutAttempt]]) -> int:
    """Apply what is new of these attempts; of how many there was something."""
    with hub.database.read() as conn:
        noted = store.notes(conn, list(told), POLL, EFFECTIVE)
    return sum(_apply(hub, vendor, pk, events, noted.get(pk, [])) for pk, events in told.items())


def _apply(
    hub: Hub, vendor: Vendor, pk: int, events: list[AboutAttempt], noted: list[Noted]
) -> bool:
    latest = noted[-1] if noted else None
    effective = [note for note in noted if note.outcome in EFFECTIVE]
    known = _keys(hub, effective[-1]) if effective else frozenset()
    now = frozenset(map(polled.key_of, events))
    if latest is not None and latest.outcome in EFFECTIVE and now == known:
        return False
    # What could not be applied is tried again on its own row: no row per try.
    again = latest is not None and latest.outcome not in EFFECTIVE and now == _keys(hub, latest)
    existing = latest.id if latest is not None and again else None
    request = polled.request_of(events)
    fresh = [event for event in events if polled.key_of(event) not in known]
    digests = [digest_of(polled.key_of(event)) for event in fresh]
    read = None if latest is None else latest.id

    def unit(conn: sa.Connection) -> Received | None:
        attempt_store.by_id(conn, pk, lock=True)
        if store.latest_note(conn, pk, POLL) != read:
            return None  # another process polls, too, and was first
        return apply_all(hub, conn, vendor, request, fresh, digests, about=pk, existing=existing)

    done = keep_whatever_happens(
        hub, vendor, request, lambda: hub.database.write(unit), about=pk, existing=existing
    )
    return done is not None and bool(fresh)


def _keys(hub: Hub, note: Noted) -> frozenset[bytes]:
    return frozenset(map(polled.key_of, polled.events_in(unseal(hub.keyring, note.request))))
