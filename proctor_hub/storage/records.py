"""What queries on attempts return: one attempt with all that rules, vendors and events need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ExamType, ReviewOwner, Role

NOT_QUEUED = datetime(2000, 1, 1, tzinfo=UTC)
"""``queued_at`` of an attempt that never waited in a queue, or came into it unseen."""


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """An attempt with its exam, course and learner, as one query read it.

    ``exam_*``, ``course_*`` and ``learner_*`` come from those tables; everything else is the
    attempt's own row. ``exam_limit_minutes`` is the exam's limit; ``allowed_seconds`` what was
    fixed at the start.
    """

    id: int
    code: str
    course_pk: int
    exam_pk: int
    person_pk: int
    vendor: str | None
    exam_type: ExamType
    number: int
    status: AttemptStatus
    live: bool
    version: int
    event_seq: int
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    allowed_seconds: int | None
    deadline_at: datetime | None
    seconds_left: int | None
    due_at: datetime | None
    policy_exception: str
    last_poll_at: datetime | None
    last_poll_ip: str
    revision: int
    latest_digest: str
    latest_order: str | None
    review_status: str | None
    review_label: str
    suspicious_count: int
    suspicious_comments: str
    violation_count: int
    violation_comments: str
    incident_count: int
    review_owner: ReviewOwner | None
    queued_at: datetime
    decided_role: Role | None
    flagged: bool
    held: bool
    exam_name: str
    username: str
    email: str
    exam_content_id: str
    exam_limit_minutes: int
    exam_due_at: datetime | None
    exam_hide_after_due: bool
    exam_is_active: bool
    exam_external_id: str | None
    exam_rules: dict[str, bool]
    exam_custom_rules: str
    exam_retired_at: datetime | None
    course_id: str
    course_ends_at: datetime | None
    course_declined_exam_timed: bool
    course_decline_cascades: bool
    learner_user_id: str
    learner_full_name: str
    learner_retired_at: datetime | None

    def changed(self, changes: Mapping[str, Any]) -> AttemptRecord:
        """A copy with other values of some fields.

        ``dataclasses.replace`` sets every field anew, which costs as much as a statement.
        """
        copy = object.__new__(AttemptRecord)
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(changes)
        return copy

    @property
    def effective_due_at(self) -> datetime | None:
        """The due date that holds for this learner: the attempt's own, else the exam's."""
        return self.due_at or self.exam_due_at

    @property
    def decided(self) -> bool:
        """True where a person has passed or failed the attempt (domain §4)."""
        return self.decided_role is not None


def attempt_record(row: sa.Row[Any]) -> AttemptRecord:
    """Build the record from a row of ``ATTEMPT`` (``proctor_hub.storage.attempts``)."""
    values = dict(row._mapping)
    values["exam_type"] = ExamType(values["exam_type"])
    values["status"] = AttemptStatus(values["status"])
    if values["review_owner"] is not None:
        values["review_owner"] = ReviewOwner(values["review_owner"])
    if values["decided_role"] is not None:
        values["decided_role"] = Role(values["decided_role"])
    record = object.__new__(AttemptRecord)
    # As in ``changed``: the columns of the query are the fields of the record.
    record.__dict__.update(values)
    return record
