"""Reviews: each accepted one is a revision, kept for ever; what it moves is the domain's to say.

Called within the transaction of a callback, with the attempt locked: compare with the latest
revision, store the new one, move the attempt (domain §4).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from math import isfinite
from typing import Any

from proctor_hub.domain.incidents import Incident, IncidentSummary, count_incidents
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.report import report_review_status
from proctor_hub.domain.reviews import (
    Arrival,
    Disposition,
    ReviewSituation,
    compare_revision,
    disposition,
    named_decision,
)
from proctor_hub.domain.words import VERDICTS, AttemptStatus, DecisionKind, ReviewStatus
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services import checks
from proctor_hub.services.decision_rules import Decider, named_decider, record_decision
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import Transition, observed
from proctor_hub.storage import reviews as store
from proctor_hub.storage.engine import after_commit
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.deciding import ReviewFacts
from proctor_hub.vendors.receiving import AttemptRef, ReviewReceived

VIDEO = "reviews.video_url"
"""Encryption context of the link to the recording."""

_INCIDENT_FIELDS = tuple(field.name for field in fields(Incident))
_KINDS = {
    ReviewStatus.PASSED: DecisionKind.PASS,
    ReviewStatus.VIOLATION: DecisionKind.PASS,
    ReviewStatus.SUSPICIOUS: DecisionKind.FAIL,
}
"""What a review decides whose ``reviewed_by`` names an entitled person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an arriving review is and does, before anything is written."""

    arrival: Arrival
    disposition: Disposition
    decider: Decider | None = None
    kind: DecisionKind | None = None


def situation_of(record: AttemptRecord) -> ReviewSituation:
    """The attempt as the domain's rules on reviews see it."""
    return ReviewSituation(
        status=record.status,
        exam_type=record.exam_type,
        archived=not record.live,
        decided=record.decided,
        review_owner=record.review_owner,
    )


def judge(hub: Hub, tr: Transition, review: ReviewReceived, digest: str) -> Judgement:
    """What a review is next to the earlier ones, and what follows for the attempt. No writing."""
    record = tr.record
    kind = _KINDS.get(review.status)
    decider = named_decider(tr, review.reviewed_by, kind) if kind else None
    older = (
        record.revision > 1
        and record.latest_digest != digest
        and store.digest_known(tr.conn, record.id, digest)
    )
    arrival = compare_revision(
        incoming_digest=digest,
        latest_digest=record.latest_digest or None,
        older_digest_known=older,
        incoming_order=review.order,
        latest_order=record.latest_order,
        named_decision=decider is not None,
        decided=record.decided,
    )
    if decider is not None and kind is not None:
        outcome = named_decision(situation_of(record), kind, arrival)
        return Judgement(arrival=arrival, disposition=outcome, decider=decider, kind=kind)
    outcome = _by_policy(hub, record, review, arrival)
    if review.reviewed_by and arrival.is_stored:
        # Somebody decided there whom we do not know as entitled: staff must see that.
        outcome = replace(outcome, flagged=True)
    return Judgement(arrival=arrival, disposition=outcome)


def _by_policy(
    hub: Hub, record: AttemptRecord, review: ReviewReceived, arrival: Arrival
) -> Disposition:
    vendor = hub.vendors.get(record.vendor or "")
    facts = ReviewFacts(
        status=review.status,
        exam_type=record.exam_type,
        attempt_status=record.status,
        incident_count=len(review.incidents),
        revision=record.revision + 1,
    )
    return disposition(situation_of(record), vendor.classify_review(review=facts), arrival)


def storable(review: ReviewReceived) -> ReviewReceived:
    """The review without what no database can hold (NUL, NaN); the raw bytes keep it."""
    if _is_storable(review):
        return review
    return replace(
        review,
        incidents=tuple(
            replace(
                incident,
                start=_finite(incident.start),
                stop=_finite(incident.stop),
                duration=_finite(incident.duration),
                text=checks.cleaned(incident.text),
                status=checks.cleaned(incident.status),
                original_status=checks.cleaned(incident.original_status),
            )
            for incident in review.incidents
        ),
        reviewed_by=None if review.reviewed_by is None else checks.cleaned(review.reviewed_by),
        order=None if review.order is None else checks.cleaned(review.order),
        comment=checks.cleaned(review.comment),
        vendor_status=checks.cleaned(review.vendor_status),
    )


def _is_storable(review: ReviewReceived) -> bool:
    texts = [review.reviewed_by or "", review.order or "", review.comment, review.vendor_status]
    seconds: list[float | None] = []
    for incident in review.incidents:
        texts += (incident.text, incident.status, incident.original_status)
        seconds += (incident.start, incident.stop, incident.duration)
    finite = all(one is None or isfinite(one) for one in seconds)
    return finite and checks.storable("".join(texts))


def _finite(seconds: float | None) -> float | None:
    return seconds if seconds is not None and isfinite(seconds) else None


def store_revision(
    tr: Transition, review: ReviewReceived, judgement: Judgement, *, digest: str, callback_pk: int
) -> None:
    """Write the revision and apply its disposition to the attempt (saved by the caller)."""
    record = tr.record
    outcome = judgement.disposition
    review_pk = store.insert(
        tr.conn,
        _row(tr, review, judgement, digest=digest, callback_pk=callback_pk),
    )
    tr.set(revision=record.revision + 1)
    if outcome.flagged:
        tr.set(flagged=True)
    if outcome.hold:
        tr.set(held=True)
    if judgement.arrival.is_latest:
        tr.set(latest_digest=digest, **_latest(tr.record, review))
        if review.order is not None:
            tr.set(latest_order=review.order)
    apply(tr, judgement, review_pk)
    event = observed(tr.record, record.status, Cause.REVIEW, tr.now)
    after_commit(tr.conn, partial(tr.hub.observers.review_received, event))


def apply(tr: Transition, judgement: Judgement, review_pk: int) -> None:
    """Move the attempt as the disposition says; a named person's verdict is a decision."""
    outcome = judgement.disposition
    before = tr.record
    decides = judgement.decider is not None and not outcome.hold and not outcome.flagged
    decides = decides and judgement.arrival.may_move
    for status in outcome.moves:
        tr.to(status, outcome.cause, outcome.reason, ignore_decision=decides)
    if not outcome.moves:
        tr.note(Cause.REVIEW, outcome.reason)
    elif tr.record.status is AttemptStatus.SECOND_REVIEW_REQUIRED:
        tr.set(review_owner=outcome.review_owner)
    if decides and judgement.decider is not None and judgement.kind is not None:
        record_decision(
            tr,
            judgement.decider,
            judgement.kind,
            from_status=before.status,
            reason="decided in the vendor's dashboard",
            review_pk=review_pk,
        )
    tr.set(review_label=label_of(tr.hub, tr.record))


def apply_held(hub: Hub, tr: Transition) -> None:
    """The attempt reached ``submitted``: reviews that came too early are applied, in order."""
    if not tr.record.held:
        return
    tr.set(held=False)
    for held in store.held(tr.conn, tr.record.id):
        review = ReviewReceived(
            attempt=AttemptRef(attempt_code=tr.record.code),
            status=ReviewStatus(held.status),
            incidents=incidents_of(held.incidents),
            reviewed_by=held.reviewed_by,
        )
        kind = _KINDS.get(review.status)
        try:
            decider = named_decider(tr, review.reviewed_by, kind) if kind else None
            if decider is not None and kind is not None:
                outcome = named_decision(situation_of(tr.record), kind)
            else:
                outcome = _by_policy(hub, tr.record, review, Arrival.NEW)
        except (PluginError, VendorError) as error:
            # The learner's exam ends all the same; staff sees the flag, and the review stays held.
            tr.note(Cause.REVIEW, f"a held review could not be applied: {error}")
            tr.set(held=True, flagged=True)
            return
        apply(
            tr,
            Judgement(arrival=Arrival.NEW, disposition=outcome, decider=decider, kind=kind),
            held.id,
        )
        if outcome.flagged:
            tr.set(flagged=True)
        store.release(tr.conn, held.id, outcome.reason)


def label_of(hub: Hub, record: AttemptRecord) -> str:
    """The report's review label of the attempt as it stands (domain §8).

    The latest revision's in its vendor's word, unless a person has decided.
    """
    decision = None
    if record.decided and record.status in VERDICTS:
        passed = record.status is AttemptStatus.VERIFIED
        decision = DecisionKind.PASS if passed else DecisionKind.FAIL
    return report_review_status(
        record.status,
        record.exam_type,
        latest_label=_vendors_word(hub, record),
        decision=decision,
        has_incidents=record.incident_count > 0,
    )


def _vendors_word(hub: Hub, record: AttemptRecord) -> str | None:
    if record.review_status is None or record.vendor is None:
        return None
    status = ReviewStatus(record.review_status)
    try:
        return hub.vendors.get(record.vendor).report_label(status=status)
    except PluginError:
        # A word for the report must not keep a verdict, or a learner's submit, from happening.
        return status.label


def incidents_of(stored: list[dict[str, Any]]) -> tuple[Incident, ...]:
    """Incidents as stored with a revision."""
    return tuple(Incident(**item) for item in stored)


def _plain(incident: Incident) -> dict[str, Any]:
    # ``dataclasses.asdict`` copies deeply, which costs more than the rest of storing it.
    return {name: getattr(incident, name) for name in _INCIDENT_FIELDS}


def _latest(record: AttemptRecord, review: ReviewReceived) -> dict[str, Any]:
    summary: IncidentSummary = count_incidents(review.incidents)
    return {
        "review_status": review.status,
        "suspicious_count": summary.suspicious_count,
        "suspicious_comments": summary.suspicious_comments,
        "violation_count": summary.violation_count,
        "violation_comments": summary.violation_comments,
        "incident_count": summary.total,
    }


def _row(
    tr: Transition, review: ReviewReceived, judgement: Judgement, *, digest: str, callback_pk: int
) -> dict[str, Any]:
    video = review.video_url
    sealed = tr.hub.keyring.encrypt(video.encode(), context=VIDEO) if video else None
    return {
        "attempt_pk": tr.record.id,
        "revision": tr.record.revision + 1,
        "callback_pk": callback_pk,
        "received_at": tr.now,
        "digest": digest,
        "vendor_order": review.order,
        "status": review.status,
        "vendor_status": review.vendor_status or review.status,
        "incidents": [_plain(incident) for incident in review.incidents],
        "reviewed_by": review.reviewed_by,
        "video_url": sealed,
        "comment": review.comment,
        "flagged": judgement.disposition.flagged,
        "disposition": store.HELD if judgement.disposition.hold else judgement.disposition.reason,
    }
