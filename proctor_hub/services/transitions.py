"""The one place that writes an attempt's status.

A :class:`Transition` collects what happens to one attempt in one transaction: moves along the
domain's table, columns that change, events for the LMS, notices for the vendor. :meth:`save` writes
all of it: one compare-and-set update, the history, the outbox. Nothing is written before.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial
from typing import Any, Self

import sqlalchemy as sa

from proctor_hub import metrics
from proctor_hub.domain.effects import EventSpec, MailKind, events_for, mail_for
from proctor_hub.domain.errors import AttemptArchived
from proctor_hub.domain.moves import Cause, ensure_move
from proctor_hub.domain.timing import time_to_keep
from proctor_hub.domain.told import told
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.errors import PluginError
from proctor_hub.services import trace
from proctor_hub.services.errors import Busy
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import attempts as store
from proctor_hub.storage import profiles, review_claims
from proctor_hub.storage.engine import after_commit
from proctor_hub.storage.outbox import AT_ONCE
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.transports.routing import DEFAULT
from proctor_hub.vendors.observers import ObservedEvent

LMS = DEFAULT
"""The outbox destination of events, of the endpoint that has no name of its own."""

MAIL = "mail"
"""The outbox destination of e-mails to learners."""


def vendor_destination(slug: str) -> str:
    """The outbox destination of notices to a vendor account."""
    return f"vendor:{slug}"


def learner_stream(record: AttemptRecord) -> str:
    """The stream of what the LMS and the learner hear: of one learner and exam, in order."""
    return f"{record.person_pk}:{record.exam_pk}"


def attempt_stream(record: AttemptRecord) -> str:
    """The stream of what a vendor hears of one attempt."""
    return f"attempt:{record.id}"


def is_vendor(destination: str) -> bool:
    """Whether this is a vendor account, configured or not."""
    return destination.startswith(vendor_destination(""))


def is_lms(destination: str) -> bool:
    """Whether this is an LMS endpoint: ``lms``, or ``lms:`` and a name."""
    return destination.partition(":")[0] == LMS


class Transition:
    """All that happens to one attempt in one transaction.

    :param record: the attempt, read with ``lock=True`` in the same transaction.
    :param actor: who does it, for the history.
    :ivar mails: whether the learner is written to; False where the same was told before.
    :raises AttemptArchived: on the first move of an archived attempt (domain §3).
    """

    def __init__(
        self, hub: Hub, conn: sa.Connection, record: AttemptRecord, *, actor: Actor
    ) -> None:
        self.hub = hub
        self.conn = conn
        self._before = record
        self._record = record
        self._pending: dict[str, Any] = {}
        self.now = hub.now()
        self.actor = actor
        self._changes: dict[str, Any] = {}
        self._history: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._observed: list[ObservedEvent] = []
        self.source_address = ""
        self.mails = hub.mails

    @property
    def record(self) -> AttemptRecord:
        """The attempt as it is with all that was done to it so far."""
        if self._pending:
            self._record = self._record.changed(self._pending)
            self._pending = {}
        return self._record

    def adopt(self, record: AttemptRecord) -> None:
        """Go on from the attempt as another transition of this transaction left it."""
        self._before = self._record = record
        self._pending = {}

    def to(
        self,
        status: AttemptStatus,
        cause: Cause,
        reason: str = "",
        *,
        ignore_decision: bool = False,
    ) -> Self:
        """Move to ``status``; events follow by the domain's table.

        ``ignore_decision``: the move *is* the named person's decision, brought by a review.

        :raises IllegalMove: the table has no such move. :raises AttemptArchived: never again.
        """
        before = self.record
        if not before.live:
            raise AttemptArchived
        ensure_move(
            before.status,
            status,
            by=cause,
            exam_type=before.exam_type,
            decided=before.decided and not ignore_decision,
            has_session=before.external_id is not None,
        )
        self.note(cause, reason, to_status=status)
        self.set(status=status, **self._stamps(status))
        self._observed.append(observed(self.record, before.status, cause, self.now))
        for spec in events_for(before.status, status, before.exam_type):
            self.event(spec, cause, from_status=before.status)
        mail = mail_for(status, before.exam_type) if self.mails else None
        if mail is not None:
            self._mail(mail)
        return self

    def set(self, **columns: Any) -> Self:
        """Change columns of the attempt besides its status."""
        self._changes.update(columns)
        self._pending.update(columns)
        return self

    def note(self, cause: Cause, reason: str, *, to_status: AttemptStatus | None = None) -> Self:
        """A line of history; without ``to_status`` one that says what happened in place."""
        self._history.append(
            {
                "attempt_pk": self.record.id,
                "at": self.now,
                "role": self.actor.role,
                "actor": self.actor.id,
                "from_status": self.record.status,
                "to_status": to_status or self.record.status,
                "cause": cause,
                "reason": reason,
            }
        )
        return self

    def event(
        self, spec: EventSpec, cause: Cause, *, from_status: AttemptStatus | None = None
    ) -> Self:
        """An event for the LMS, in the order of this learner and exam (domain §9)."""
        payload = event_payload(self.record, spec, from_status, cause, self.actor, self.now)
        for destination in self.hub.endpoints(self.record.course_id):
            self._send(destination, self._learner_stream(), spec.type, payload)
        return self

    def _mail(self, kind: MailKind) -> None:
        """An e-mail to the learner, written when it is sent; here only what it is about."""
        self._send(MAIL, self._learner_stream(), kind, {"status": self.record.status})

    def _learner_stream(self) -> str:
        return learner_stream(self.record)

    def notify_vendor(self, hook: str, **payload: Any) -> Self:
        """A notice for the vendor: the name of the hook the relay is to call."""
        if self.record.vendor is None:
            return self
        stream = attempt_stream(self.record)
        payload.setdefault("external_id", self.record.external_id)
        return self._send(vendor_destination(self.record.vendor), stream, hook, payload)

    def save(self) -> AttemptRecord:
        """Write everything; return the attempt as it is now.

        :raises Busy: somebody else changed the attempt since it was read.
        """
        if self._changes:
            self.set(updated_at=self.now, **self._queued())
            if not store.compare_and_set(self.conn, self._before, self._changes):
                raise Busy(
                    told(
                        "attempt %(code)s is being changed by somebody else", code=self.record.code
                    )
                )
            self._pending["version"] = self._before.version + 1
            if self.record.status is not self._before.status:
                self._follow_profile()
            self._end_claim()
        self._append()
        self._before, self._changes = self.record, {}
        return self.record

    def begins(self, cause: Cause, reason: str) -> AttemptRecord:
        """Write the first line of history and the events of an attempt just inserted.

        The row already carries the number of its last event, so nothing is updated.
        """
        self.note(cause, reason)
        self._history[-1]["from_status"] = None
        self._observed.append(observed(self.record, None, cause, self.now))
        self._append()
        self._follow_profile()
        return self.record

    def _append(self) -> None:
        if self._history:
            store.insert_history(self.conn, self._history)
        if self._outbox:
            store.insert_outbox(self.conn, self._outbox)
            woken = {row["destination"] for row in self._outbox}
            after_commit(self.conn, partial(self.hub.wake, *woken))
        for event in self._observed:
            after_commit(self.conn, partial(self.hub.observers.attempt_changed, event))
            after_commit(self.conn, partial(metrics.moved, event.to_status))
        # Written: a second save writes only what came after.
        self._history, self._outbox, self._observed = [], [], []

    def _follow_profile(self) -> None:
        """A learner's onboarding profile follows their onboarding attempt (domain §6)."""
        record = self.record
        if record.exam_type is not ExamType.ONBOARDING or record.vendor is None or not record.live:
            return
        try:
            validity = self.hub.vendors.get(record.vendor).description.onboarding_validity
        except PluginError:
            validity = None
        profiles.follow(
            self.conn, record.person_pk, record.vendor, record.status, self.now, validity
        )

    def _queued(self) -> dict[str, Any]:
        """Since when it waits in a queue, where this brings it into one or into the other."""
        before, now = self._before, self.record
        if now.status is not AttemptStatus.SECOND_REVIEW_REQUIRED or (
            before.status is now.status and before.review_owner is now.review_owner
        ):
            return {}
        return {"queued_at": self.now}

    def _end_claim(self) -> None:
        """Who had claimed a second review holds it no more once it is over or lies with others."""
        before, now = self._before, self.record
        if before.status is AttemptStatus.SECOND_REVIEW_REQUIRED and (
            now.status is not before.status
            or now.review_owner is not before.review_owner
            or not now.live
        ):
            review_claims.end(self.conn, now.id)

    def _stamps(self, status: AttemptStatus) -> dict[str, Any]:
        record = self.record
        if status is AttemptStatus.COMPLETED:
            # Never before the start, though the clock was set back since.
            return {"completed_at": max(self.now, self.record.started_at or self.now)}
        if status is AttemptStatus.TIMED_OUT:
            # The moment the time was over, not the moment somebody looked: sweep and access agree.
            ends = (record.deadline_at, record.course_ends_at)
            over = min(end for end in (self.now, *ends) if end is not None)
            # A course end that was moved into the past is no moment before the start.
            return {"completed_at": max(over, record.started_at or over)}
        if status is AttemptStatus.ERROR and record.started_at is not None:
            stopped = record.completed_at or self.now
            left = time_to_keep(record.started_at, record.allowed_seconds, stopped_at=stopped)
            return {"seconds_left": left}
        return {}

    def _send(self, destination: str, stream: str, kind: str, payload: dict[str, Any]) -> Self:
        self.set(event_seq=self.record.event_seq + 1)
        seq = self.record.event_seq
        event_id = str(uuid.uuid4())
        if is_lms(destination):
            payload = {"id": event_id, "sequence": seq, **payload}
        self._outbox.append(
            {
                "event_id": event_id,
                "destination": destination,
                "stream": stream,
                "seq": seq,
                "kind": kind,
                "attempt_pk": self.record.id,
                "payload": payload,
                "created_at": self.now,
                "next_try_at": AT_ONCE,
                "trace_id": trace.current(),
            }
        )
        return self


def observed(
    record: AttemptRecord, from_status: AttemptStatus | None, cause: Cause, at: datetime
) -> ObservedEvent:
    """What observers are told of a change; no personal data."""
    return ObservedEvent(
        attempt_code=record.code,
        course_id=record.course_id,
        exam_id=record.exam_pk,
        vendor=record.vendor,
        from_status=from_status,
        to_status=record.status,
        cause=cause,
        at=at,
    )


def event_payload(
    record: AttemptRecord,
    spec: EventSpec,
    from_status: AttemptStatus | None,
    cause: Cause,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """What the LMS hears (domain §9): ids, statuses, who caused it, the effects to apply."""
    payload: dict[str, Any] = {
        "type": spec.type,
        "occurred_at": now.isoformat(),
        "course_id": record.course_id,
        "content_id": record.exam_content_id,
        "exam_id": record.exam_pk,
        "exam_type": record.exam_type,
        "attempt_code": record.code,
        "attempt_number": record.number,
        "user_id": record.learner_user_id,
        "from_status": from_status,
        "to_status": record.status,
        "caused_by": {"role": actor.role, "cause": cause},
        "effects": list(spec.effects),
        "credit": spec.credit,
    }
    if record.status is AttemptStatus.DECLINED:
        payload["declined_exam_timed"] = record.course_declined_exam_timed
        payload["decline_cascades"] = record.course_decline_cascades
    return payload
