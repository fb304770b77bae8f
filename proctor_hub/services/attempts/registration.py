"""Opening a session at the vendor, and keeping what it answered (design §3).

The vendor is called outside any transaction. What it answers is written in a second one, against
the attempt as it is by then: an answer that comes too late is recorded and taken back.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import ONBOARDING_REFUSALS, UNSTARTED, AttemptStatus
from proctor_hub.errors import PluginError, VendorError, VendorProtocolError
from proctor_hub.services.attempts import vendor_view
from proctor_hub.services.attempts.vendors import declares
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Hub, vendor_actor
from proctor_hub.services.transitions import Transition, vendor_destination
from proctor_hub.storage import attempts as store
from proctor_hub.storage import erasing, retirement
from proctor_hub.storage import registration as registrations
from proctor_hub.storage.engine import violates
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import OnboardingRefused, Registered, Registration
from proctor_hub.vendors.subjects import Capability


def register(hub: Hub, record: AttemptRecord, pseudonym: str) -> AttemptRecord:
    """Open a session at the vendor of ``record``; the exam first, where it is not known there.

    Safe to repeat: a new registration replaces the former one, which is removed at the vendor.

    :raises VendorError: the vendor did not answer as it should; the attempt is as it was.
    :raises PluginError: its plugin is broken.
    """
    slug = record.vendor or ""
    vendor = hub.vendors.get(slug)
    record = _synced(hub, vendor, record)
    try:
        answer = _ask(hub, vendor, record, pseudonym)
    except (VendorError, PluginError):
        # It may have heard of the learner all the same.
        with hub.database.read() as conn:
            retired = erasing.is_retired(conn, record.person_pk)
        if retired:
            hub.database.write(lambda conn: _tell_of_retirement(conn, hub, record, pseudonym))
        raise
    try:
        return hub.database.write(lambda conn: _keep(conn, hub, record, answer, pseudonym))
    except IntegrityError as error:
        if violates(error, "pk_external_ids"):
            raise VendorProtocolError(
                f"vendor {slug}: the registration answered an id that another attempt already has"
            ) from error
        raise


def _synced(hub: Hub, vendor: Vendor, record: AttemptRecord) -> AttemptRecord:
    """The record with its exam known to the vendor, where this vendor keeps exams."""
    needed = Capability.EXAM_SYNC in vendor.description.capabilities
    if not needed or record.exam_external_id is not None:
        return record
    answered = vendor.sync_exam(exam=vendor_view.exam_of(record)).external_id
    if answered is None:
        return record
    adopted = hub.database.write(
        lambda conn: registrations.adopt_exam_id(
            conn, record.exam_pk, known=None, answered=answered
        )
    )
    return registrations.with_exam_external_id(record, adopted)


def _ask(
    hub: Hub,
    vendor: Vendor,
    record: AttemptRecord,
    pseudonym: str,
) -> Registration:
    with hub.database.read() as conn:
        allowance = registrations.allowance(conn, record.exam_pk, record.person_pk)
    return vendor.register_attempt(
        exam=vendor_view.exam_of(record),
        learner=vendor_view.learner_of(record, pseudonym, vendor.description),
        attempt=vendor_view.attempt_of(hub, record, allowance),
    )


def _keep(
    conn: sa.Connection, hub: Hub, asked: AttemptRecord, answer: Registration, pseudonym: str
) -> AttemptRecord:
    record = store.by_code(conn, asked.code, lock=True)
    if record is None:
        raise NotFound("attempt", asked.code)
    if not record.live:
        _tell_of_retirement(conn, hub, record, pseudonym)
    now = hub.now()
    tr = Transition(hub, conn, record, actor=vendor_actor(record.vendor or ""))
    waiting = record.live and record.status in UNSTARTED
    match answer:
        case OnboardingRefused(status=status):
            if waiting and record.status is AttemptStatus.CREATED and record.external_id is None:
                tr.to(status, Cause.VENDOR, noted("the vendor asks for onboarding first"))
        case Registered(external_id=external_id) if record.external_id == external_id:
            return record
        case Registered(external_id=external_id) if waiting:
            _replace(tr, hub, external_id)
        case Registered(external_id=external_id):
            # The attempt moved on while the vendor answered: keep the id, take the session back.
            # The id it has stays the current one: its session may be running.
            registrations.keep_replaced(conn, record, external_id, now)
            if declares(hub, record.vendor, Capability.SESSION_REMOVAL):
                tr.notify_vendor("session_removed", external_id=external_id)
    return tr.save()


def _tell_of_retirement(
    conn: sa.Connection, hub: Hub, record: AttemptRecord, pseudonym: str
) -> None:
    """The learner was erased while the vendor was asked: it now knows them anew."""
    if record.vendor is not None and erasing.is_retired(conn, record.person_pk):
        destination = vendor_destination(record.vendor)
        retirement.ask_again(
            conn, record.person_pk, record.vendor, pseudonym, destination, hub.now()
        )


def _replace(tr: Transition, hub: Hub, external_id: str) -> None:
    record = tr.record
    if record.status in ONBOARDING_REFUSALS:
        tr.to(AttemptStatus.CREATED, Cause.LEARNER, noted("the learner tried again"))
    former = record.external_id
    store.give_external_id(tr.conn, record, external_id, tr.now)
    # The vendor's "ready" was for the former session; this one has to be ready by itself.
    tr.set(external_id=external_id, ready_at=None)
    if former is not None and declares(hub, record.vendor, Capability.SESSION_REMOVAL):
        tr.notify_vendor("session_removed", external_id=former)
