"""Attempts as the API shows and takes them (domain §3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from proctor_hub.domain.results import result_word, status_sentence
from proctor_hub.domain.words import AttemptStatus, ExamType, ReviewOwner, Role
from proctor_hub.services.attempts import reading
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.attempts.vendors import description_of
from proctor_hub.services.errors import ServiceError
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.launching import (
    DownloadPlan,
    ExamCodePlan,
    FormPostPlan,
    LaunchPlan,
    RedirectPlan,
)
from proctor_hub.web.models_base import In, Key, Moment, Out


class AttemptIn(In):
    """Who is to take which exam."""

    exam_id: Key = Field(description="The hub's id of the exam")
    user_id: str = Field(max_length=255, description="The LMS's id of the learner")


class ActionIn(In):
    """What the learner did, or the exam page saw."""

    action: LearnerAction
    detail: str = Field("", max_length=2000, description="For `fault` and `proctoring_lost`: what")


class ReasonIn(In):
    """Why staff does it, and until when the learner has."""

    reason: str = Field(min_length=1, max_length=2000, description="Kept in the history")
    due_at: Moment | None = Field(
        None, description="A new due date for this learner; needed once the old one is over"
    )


class ProofIn(In):
    """What the learner's browser brought from the vendor's tool."""

    proof: str | None = Field(None, max_length=4096, description="The redirect's proof, if any")


class TimeOut(Out):
    """The time left of a running attempt, by the server's clock."""

    seconds: float = Field(description="Seconds left; 0 at the end")
    low_threshold: int = Field(description="Warn below this many seconds")
    critical_threshold: int = Field(description="Warn urgently below this many seconds")


class ReviewSummary(Out):
    """What the latest review says, for staff."""

    status: str | None = Field(description="Normal form; null: no review yet")
    label: str = Field(description="The word of the results report")
    revision: int = Field(description="How many revisions there are")
    suspicious_count: int
    violation_count: int
    owner: ReviewOwner | None = Field(description="In whose queue a second review lies")
    decided_by: Role | None = Field(description="The role that decided; null: nobody yet")
    flagged: bool = Field(description="Something arrived that changed nothing; look at it")


class ProblemOut(Out):
    """Why the vendor has no session yet; launching the attempt tries again."""

    code: str
    detail: str
    retryable: bool


class AttemptOut(Out):
    """An attempt, as much of it as the caller may see."""

    code: str = Field(description="The attempt code, unguessable")
    id: int = Field(description="The hub's integer id; never used twice")
    number: int = Field(description="1 for the learner's first attempt at the exam")
    course_id: str
    exam_id: int
    content_id: str
    exam_name: str
    exam_type: ExamType
    user_id: str
    vendor: str | None
    status: AttemptStatus
    live: bool = Field(description="False: archived by reset, resume, retry or migration")
    result: str | None = Field(description="The word the learner sees, where there is one")
    message: str = Field(description="What is and what to do, for the learner")
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    deadline_at: datetime | None = Field(description="When the running attempt's time is over")
    due_at: datetime | None = Field(description="The due date that holds for this learner")
    allowed_seconds: int | None = Field(description="Fixed at the start")
    time_left: TimeOut | None = Field(description="Null where no clock runs")
    external_id: str | None = Field(
        description="The vendor's id; shown to learners and the LMS only where the vendor needs it"
    )
    review: ReviewSummary | None = Field(description="For staff only")
    problem: ProblemOut | None = None


class LaunchOut(Out):
    """Where the learner goes next."""

    attempt: AttemptOut
    plan: PlanOut | None = Field(description="Null for timed exams and after an onboarding refusal")


class PlanOut(Out):
    """How the learner gets into the session; ``kind`` says which fields are set."""

    kind: Literal["redirect", "form_post", "download", "exam_code"]
    url: str | None = Field(None, description="redirect, form_post: where to send the browser")
    fields: dict[str, str] | None = Field(None, description="form_post: what to post")
    download_url: str | None = Field(None, description="download, exam_code: the vendor's tool")
    exam_code: str | None = Field(None, description="exam_code: to be copied into the tool")
    instructions: list[str] = Field([], description="Steps, in the asked language")


class AccessOut(Out):
    """Whether the exam's content may be shown."""

    may_show: bool
    until: datetime | None = Field(description="Until when, where it may")
    status: AttemptStatus
    proof_accepted: bool
    reason: str = Field(description="Why not; empty where it may")


class ActiveOut(Out):
    """The learner's running attempt over all exams."""

    attempt: AttemptOut | None


_KINDS: dict[type, Literal["redirect", "form_post", "download", "exam_code"]] = {
    RedirectPlan: "redirect",
    FormPostPlan: "form_post",
    DownloadPlan: "download",
    ExamCodePlan: "exam_code",
}


def plan_out(plan: LaunchPlan) -> PlanOut:
    """A vendor's launch plan as JSON."""
    values: dict[str, Any] = {
        name: getattr(plan, name)
        for name in ("url", "fields", "download_url", "exam_code")
        if hasattr(plan, name)
    }
    if "fields" in values:
        values["fields"] = dict(values["fields"])
    return PlanOut(kind=_KINDS[type(plan)], instructions=list(plan.instructions), **values)


def attempt_out(
    hub: Hub, actor: Actor, record: AttemptRecord, problem: ServiceError | None = None
) -> AttemptOut:
    """An attempt for this caller: reviews and vendor's ids are for staff (wire, domain §2)."""
    staff = actor.person_pk is not None and actor.person_pk != record.person_pk
    return AttemptOut(
        code=record.code,
        id=record.id,
        number=record.number,
        course_id=record.course_id,
        exam_id=record.exam_pk,
        content_id=record.exam_content_id,
        exam_name=record.exam_name,
        exam_type=record.exam_type,
        user_id=record.learner_user_id,
        vendor=record.vendor,
        status=record.status,
        live=record.live,
        result=result_word(record.status, record.exam_type),
        message=status_sentence(record.status, record.exam_type),
        created_at=record.created_at,
        updated_at=record.updated_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
        deadline_at=record.deadline_at,
        due_at=record.effective_due_at,
        allowed_seconds=record.allowed_seconds,
        time_left=_time(hub, record),
        external_id=record.external_id if staff or _needs_id(hub, record) else None,
        review=_review(record) if staff else None,
        problem=None if problem is None else _problem(problem),
    )


def _needs_id(hub: Hub, record: AttemptRecord) -> bool:
    description = description_of(hub, record.vendor)
    return description is not None and description.learner_needs_external_id


def _time(hub: Hub, record: AttemptRecord) -> TimeOut | None:
    left = reading.time_left(hub, record)
    return None if left is None else TimeOut.model_validate(left)


def _review(record: AttemptRecord) -> ReviewSummary:
    return ReviewSummary(
        status=record.review_status,
        label=record.review_label,
        revision=record.revision,
        suspicious_count=record.suspicious_count,
        violation_count=record.violation_count,
        owner=record.review_owner,
        decided_by=record.decided_role,
        flagged=record.flagged,
    )


def _problem(error: ServiceError) -> ProblemOut:
    return ProblemOut(code=error.problem_code, detail=str(error), retryable=error.retryable)
