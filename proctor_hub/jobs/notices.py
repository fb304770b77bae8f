"""Notices to vendors: what services left in the outbox, told through the vendor's hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from proctor_hub.domain.words import DecisionKind
from proctor_hub.errors import PluginError, VendorError, VendorUnavailable
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.services.attempts import vendor_view
from proctor_hub.services.attempts.conclude import accept_stop
from proctor_hub.services.hub import Hub, vendor_actor
from proctor_hub.services.retirement_ledger import record_answer
from proctor_hub.storage import attempts, exams, registration
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.subjects import Attempt, Capability
from proctor_hub.vendors.watch import CallsPaused

_UNCONFIRMED_WAIT = 3600.0
"""Seconds until a vendor is asked again that did not confirm an erasure: it is a person's work."""

Notice = Callable[[Hub, Vendor, OutboxRow], None]


def deliver_notice(hub: Hub, slug: str, row: OutboxRow) -> None:
    """Tell the vendor account ``slug`` what ``row`` says, and apply what it answers.

    :raises DeliveryFailed: the vendor did not take it, or nobody can tell it now.
    """
    notice = NOTICES.get(row.kind)
    if notice is None:
        raise DeliveryFailed(f"this version knows no notice {row.kind!r}", hopeless=True)
    try:
        notice(hub, hub.vendors.get(slug), row)
    except CallsPaused as error:
        raise DeliveryFailed(str(error), tried=False) from error
    except (VendorError, PluginError) as error:
        wait = error.retry_after if isinstance(error, VendorUnavailable) else None
        raise DeliveryFailed(
            str(error),
            retry_after=wait,
            hopeless=not error.retryable,
            unavailable=isinstance(error, VendorUnavailable),
        ) from error


def _record(hub: Hub, row: OutboxRow) -> AttemptRecord:
    with hub.database.read() as conn:
        record = None if row.attempt_pk is None else attempts.by_id(conn, row.attempt_pk)
    if record is None:
        raise DeliveryFailed("the notice names no attempt", hopeless=True)
    return record


def _told(hub: Hub, record: AttemptRecord, row: OutboxRow) -> Attempt:
    """The attempt as its vendor may know it, under the id it had when the notice was written."""
    attempt = vendor_view.attempt_of(hub, record)
    return replace(attempt, external_id=row.payload.get("external_id") or attempt.external_id)


def _started(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    record = _record(hub, row)
    vendor.session_started(exam=vendor_view.exam_of(record), attempt=_told(hub, record, row))


def _stopped(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    record = _record(hub, row)
    vendor.session_stopped(exam=vendor_view.exam_of(record), attempt=_told(hub, record, row))
    accept_stop(hub, record.id, vendor_actor(vendor.slug))


def _errored(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    record = _record(hub, row)
    vendor.session_errored(exam=vendor_view.exam_of(record), attempt=_told(hub, record, row))


def _removed(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    record = _record(hub, row)
    vendor.session_removed(exam=vendor_view.exam_of(record), attempt=_told(hub, record, row))


def _decided(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    record = _record(hub, row)
    vendor.session_decided(
        exam=vendor_view.exam_of(record),
        attempt=_told(hub, record, row),
        kind=DecisionKind(row.payload["kind"]),
    )


def _sync_exam(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    pk = int(row.payload["exam_pk"])
    with hub.database.read() as conn:
        stored = exams.by_id(conn, pk)
    if stored is None:
        raise DeliveryFailed("the notice names no exam", hopeless=True)
    external_id = vendor.sync_exam(exam=vendor_view.stored_exam(stored)).external_id
    if external_id is None or external_id == stored.external_id:
        return
    hub.database.write(
        lambda conn: registration.adopt_exam_id(
            conn, pk, known=stored.external_id, answered=external_id
        )
    )


def _retire_learner(hub: Hub, vendor: Vendor, row: OutboxRow) -> None:
    if "pseudonym" not in row.payload:
        return  # confirmed meanwhile, by an operator
    person_pk = int(row.payload["person_pk"])
    answer = vendor.retire_learner(pseudonym=str(row.payload["pseudonym"]))
    record_answer(hub, person_pk=person_pk, vendor=vendor.slug, seq=row.seq, answer=answer)
    if not answer.confirmed:
        raise DeliveryFailed(
            "the vendor did not confirm the erasure: see the retirement",
            retry_after=_UNCONFIRMED_WAIT,
            # One that has the call may still be at it; of another nothing is to be expected.
            hopeless=not vendor.can(Capability.LEARNER_RETIREMENT),
        )


NOTICES: Mapping[str, Notice] = MappingProxyType(
    {
        "session_started": _started,
        "session_stopped": _stopped,
        "session_errored": _errored,
        "session_removed": _removed,
        "session_decided": _decided,
        "sync_exam": _sync_exam,
        "retire_learner": _retire_learner,
    }
)
"""Kind of an outbox row → how the vendor is told."""
