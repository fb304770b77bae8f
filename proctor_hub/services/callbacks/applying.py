"""One event of a callback applied to its attempt, within the callback's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause, refusal_of
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import RUNNING, AttemptStatus
from proctor_hub.services import onboarding, reviews
from proctor_hub.services.attempts import conclude
from proctor_hub.services.callbacks.erasing import erase_late
from proctor_hub.services.callbacks.matching import match
from proctor_hub.services.checks import cleaned, storable
from proctor_hub.services.hub import Hub, vendor_actor
from proctor_hub.services.transitions import Transition
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.reviews import brought_by
from proctor_hub.vendors.receiving import (
    AttemptRef,
    CallbackEvent,
    CallbackOutcome,
    OnboardingChanged,
    ReviewReceived,
    SessionEnded,
    SessionEntered,
    SessionFault,
    SessionReady,
    Unrecognised,
)

_READYABLE = frozenset({AttemptStatus.CREATED, AttemptStatus.DOWNLOAD_SOFTWARE_CLICKED})
DETAIL_MAX = 500
"""Characters kept of why a call was refused or makes no sense."""

_REPLACED = noted("the session was replaced by another one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an event did: the outcome to answer, and what is still to be written.

    ``write`` is called with the id of the stored callback, after that row exists.
    """

    outcome: CallbackOutcome
    record: AttemptRecord | None = None
    write: Callable[[int], AttemptRecord | None] | None = None


def apply(
    hub: Hub,
    conn: sa.Connection,
    vendor: str,
    event: CallbackEvent,
    digest: str,
    *,
    replayed: int | None = None,
) -> Result:
    """Plan what an event does, with the attempt locked; nothing of it is written yet.

    :param replayed: the kept callback it comes from, where an operator has it taken again.
    """
    match event:
        case Unrecognised(reason=reason):
            return Result(
                outcome=CallbackOutcome(
                    status=422, code="unparsable", detail=cleaned(reason, longest=DETAIL_MAX)
                )
            )
        case OnboardingChanged():
            return _onboarding(hub, conn, vendor, event)
        case SessionReady(attempt=ref):
            return _on_attempt(hub, conn, vendor, ref, _ready)
        case SessionEntered(attempt=ref):
            return _on_attempt(hub, conn, vendor, ref, _entered)
        case SessionEnded(attempt=ref, reason=reason):
            return _on_attempt(
                hub, conn, vendor, ref, lambda hub, tr: _ended(hub, tr, cleaned(reason))
            )
        case SessionFault(attempt=ref, reason=reason):
            return _on_attempt(
                hub, conn, vendor, ref, lambda hub, tr: _fault(hub, tr, cleaned(reason))
            )
        case ReviewReceived(attempt=ref):
            review = reviews.storable(event)
            return _on_attempt(
                hub, conn, vendor, ref, lambda hub, tr: _review(hub, tr, review, digest, replayed)
            )


Handler = Callable[[Hub, Transition], tuple[str, str, Callable[[int], None] | None]]
"""Returns outcome code, detail, and what to write once the callback's row exists."""


def _on_attempt(
    hub: Hub, conn: sa.Connection, vendor: str, ref: AttemptRef, handle: Handler
) -> Result:
    found = match(conn, vendor, ref)
    if isinstance(found, str):
        return Result(outcome=CallbackOutcome(status=404, code="unmatched", detail=found))
    record = found.record
    if not found.current:
        return Result(
            outcome=_ok("stored", _REPLACED, record),
            record=record,
            write=lambda _: _kept(hub, conn, record),
        )
    tr = Transition(hub, conn, record, actor=vendor_actor(vendor))
    conclude.enforce_clock(hub, tr)
    code, detail, later = handle(hub, tr)

    def write(callback_pk: int) -> AttemptRecord:
        if later is not None:
            later(callback_pk)
        return _kept(hub, conn, tr.save())

    return Result(outcome=_ok(code, detail, tr.record), record=tr.record, write=write)


def _kept(hub: Hub, conn: sa.Connection, record: AttemptRecord) -> AttemptRecord:
    if not record.live:
        erase_late(hub, conn, record.person_pk)
    return record


def _ok(code: str, detail: str, record: AttemptRecord) -> CallbackOutcome:
    return CallbackOutcome(status=200, code=code, detail=detail, attempt_status=record.status)


def _ready(hub: Hub, tr: Transition) -> tuple[str, str, None]:
    record = tr.record
    if not record.live:
        return "stored", noted("the attempt is archived"), None
    if record.status in _READYABLE:
        tr.set(ready_at=tr.now).to(AttemptStatus.READY_TO_START, Cause.VENDOR)
        return "applied", "", None
    if record.status is AttemptStatus.READY_TO_START:
        tr.set(ready_at=tr.now)
        return "applied", noted("ready again"), None
    return (
        "stored",
        told("an attempt in “%(status)s” does not become ready", status=label(record.status)),
        None,
    )


def _entered(hub: Hub, tr: Transition) -> tuple[str, str, None]:
    if tr.record.live and tr.record.status in RUNNING:
        conclude.complete(
            hub, tr, Cause.REENTRY, noted("the vendor's tool was closed and opened again")
        )
        return "applied", noted("the running session ended"), None
    return _ready(hub, tr)


def _ended(hub: Hub, tr: Transition, reason: str) -> tuple[str, str, None]:
    if tr.record.live and tr.record.status in RUNNING:
        conclude.complete(hub, tr, Cause.LOST_PROCTORING, reason or noted("the proctoring ended"))
        return "applied", "", None
    return (
        "stored",
        told("an attempt in “%(status)s” has no running session", status=label(tr.record.status)),
        None,
    )


def _fault(hub: Hub, tr: Transition, reason: str) -> tuple[str, str, None]:
    record = tr.record
    why = refusal_of(
        record.status,
        AttemptStatus.ERROR,
        by=Cause.VENDOR,
        exam_type=record.exam_type,
        has_session=record.external_id is not None,
    )
    if why is not None or not record.live:
        return "stored", why or noted("the attempt is archived"), None
    conclude.fail(hub, tr, Cause.VENDOR, reason or noted("the vendor reported a fault"))
    return "applied", "", None


def _review(
    hub: Hub, tr: Transition, review: ReviewReceived, digest: str, replayed: int | None
) -> tuple[str, str, Callable[[int], None] | None]:
    if replayed is not None and brought_by(tr.conn, tr.record.id, replayed):
        # One of several events of a call, and this one took effect when the call came.
        tr.mails = False
    judgement = reviews.judge(hub, tr, review, digest)
    if tr.record.held and AttemptStatus.SUBMITTED in judgement.disposition.moves:
        # It confirms the end of the session; those that came before it are applied before it.
        tr.to(
            AttemptStatus.SUBMITTED, Cause.REVIEW, noted("a review confirms the end of the session")
        )
        reviews.apply_held(hub, tr)
        judgement = reviews.judge(hub, tr, review, digest)
    if not judgement.arrival.is_stored:
        return "unchanged", judgement.disposition.reason, None

    def write(callback_pk: int) -> None:
        reviews.store_revision(tr, review, judgement, digest=digest, callback_pk=callback_pk)

    code = "applied" if judgement.disposition.moves else "stored"
    return code, judgement.disposition.reason, write


def _onboarding(hub: Hub, conn: sa.Connection, vendor: str, event: OnboardingChanged) -> Result:
    known = storable(event.pseudonym) and onboarding.apply_onboarding_change(
        conn,
        vendor,
        event.pseudonym,
        event.status,
        event.expires_at,
        hub.now(),
        hub.vendors.get(vendor).description,
    )
    if not known:
        outcome = CallbackOutcome(
            status=404, code="unmatched", detail=noted("this account knows no such pseudonym")
        )
        return Result(outcome=outcome)
    return Result(outcome=CallbackOutcome(status=200, code="applied"))
