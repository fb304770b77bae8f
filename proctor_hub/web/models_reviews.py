"""Reviews, decisions, history and kept callbacks, for staff and operators (domain §4, §5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import AttemptStatus, DecisionKind, ReviewStatus, Role
from proctor_hub.services.decisions import DecisionWord
from proctor_hub.web.models_attempts import AttemptOut
from proctor_hub.web.models_base import In, Out


class IncidentOut(Out):
    """One comment of a review; times in seconds of the recording."""

    start: float | None
    stop: float | None
    duration: float | None
    text: str = Field(description="The vendor's words; treat as plain text")
    status: str = Field(description="`Clean`, `Rules Violation`, `Suspicious`, or as it came")
    original_status: str = Field(description="The vendor's own word")


class RevisionOut(Out):
    """One revision of an attempt's review."""

    number: int
    received_at: datetime
    status: ReviewStatus
    vendor_status: str = Field(description="The vendor's own word")
    incidents: list[IncidentOut]
    reviewed_by: str | None = Field(description="Who decided in the vendor's dashboard")
    comment: str
    flagged: bool = Field(description="It was stored and moved nothing")
    disposition: str = Field(description="What it did, or why nothing")
    video_url: str | None = Field(description="The recording")


class DecisionIn(In):
    """What you decide, and why."""

    decision: DecisionWord = Field(description="`revert` is the opposite of the verdict")
    reason: str = Field(min_length=1, max_length=4000, description="Kept for the record")


class DecisionOut(Out):
    """A decision on an attempt."""

    id: int
    kind: str
    role: str = Field(description="In which role it was made")
    user_id: str
    decided_at: datetime
    reason: str
    from_status: str
    to_status: str
    replaces_id: int | None = Field(description="The decision it replaced")


class ClaimOut(Out):
    """Who is at a second review: nobody else decides it here until then."""

    user_id: str
    name: str
    claimed_at: datetime
    expires_at: datetime


class NoteOut(Out):
    """What somebody decided, and why."""

    kind: DecisionKind
    role: Role
    user_id: str
    name: str
    decided_at: datetime
    reason: str


class QueuedOut(AttemptOut):
    """An attempt in second review."""

    since: datetime | None = Field(description="When it came into this queue")
    claim: ClaimOut | None = Field(description="Null: nobody is at it")
    escalation: NoteOut | None = Field(description="Support's note, where it escalated")


class EscalatedOut(Out):
    """An escalation and what became of the attempt."""

    id: int
    note: NoteOut
    attempt_code: str
    course_id: str
    exam_name: str
    username: str
    vendor: str | None
    status: AttemptStatus
    live: bool
    latest: NoteOut = Field(description="The latest decision; the escalation: none since")


class HistoryOut(Out):
    """One line of an attempt's history."""

    id: int
    at: datetime
    role: Role
    actor: str
    from_status: AttemptStatus | None = Field(description="Null: the attempt began")
    to_status: AttemptStatus
    cause: Cause
    reason: str


class AuditOut(Out):
    """One change of a setting."""

    id: int
    at: datetime
    role: Role
    actor: str
    action: str
    course_id: str | None
    subject: str
    detail: dict[str, Any]


class CallbackOut(Out):
    """A kept callback; its content without video links, photographs and secrets."""

    id: int
    received_at: datetime
    vendor: str | None
    route: str
    source: str
    size: int
    outcome: str
    status: int = Field(description="What the vendor was answered")
    detail: str
    quarantined: bool
    vouched_by: str
    vouched_reason: str
    replayed_at: datetime | None
    content: Any = Field(None, description="When one callback is shown: a view of its body")


class ReplayIn(In):
    """Why a quarantined callback may be believed, and whose it is where none was found."""

    reason: str = Field("", max_length=2000)
    vendor: str | None = Field(None, max_length=100)


class ReplayOut(Out):
    """What became of a replayed callback."""

    code: str
    status: int
    detail: str
    attempt_code: str | None
