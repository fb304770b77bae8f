"""Attempts: created, launched, taken, declined, retried; access and time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import access, create, launch, learner, optout, reading, staff
from proctor_hub.services.attempts.create import CreatedAttempt
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.web.context import Source, TheActor, TheHub
from proctor_hub.web.language import Language
from proctor_hub.web.models_attempts import (
    AccessOut,
    ActionIn,
    ActiveOut,
    AttemptIn,
    AttemptOut,
    LaunchOut,
    ProofIn,
    ReasonIn,
    attempt_out,
    plan_out,
)
from proctor_hub.web.models_base import Cursor, Key, Limit, PageOf, page_of
from proctor_hub.web.once import Creating

router = APIRouter(tags=["attempts"])


@router.post("/attempts", summary="Create an attempt", status_code=201, response_model=AttemptOut)
def create_attempt(body: AttemptIn, hub: TheHub, actor: TheActor, creating: Creating) -> Response:
    """And register it with the exam's vendor. Where the vendor is down the attempt exists all the
    same, with `problem`; launching it tries again."""

    def work() -> AttemptOut:
        created = create.create_attempt(hub, actor, exam_pk=body.exam_id, user_id=body.user_id)
        return _created(hub, actor, created)

    return creating.run(work)


@router.get("/attempts/{attempt_code}", summary="An attempt")
def get_attempt(attempt_code: str, hub: TheHub, actor: TheActor, source: Source) -> AttemptOut:
    """For its learner, the LMS, and staff of its course. The clock is enforced on access."""
    record = reading.get(hub, actor, attempt_code, source_address=source)
    return attempt_out(hub, actor, record)


@router.get("/courses/{course_id:id}/attempts", summary="List a course's attempts")
def list_attempts(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    exam_id: Annotated[Key | None, Query(description="Only of this exam")] = None,
    status: Annotated[AttemptStatus | None, Query(description="Only in this status")] = None,
    exam_type: Annotated[ExamType | None, Query(description="Only of this type")] = None,
    user_id: Annotated[str | None, Query(description="Only of this learner")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[AttemptOut]:
    """Archived ones too, newest first."""
    found = reading.list_attempts(
        hub,
        actor,
        course_id,
        exam_pk=exam_id,
        status=status,
        exam_type=exam_type,
        user_id=user_id,
        cursor=cursor,
        limit=limit,
    )
    return page_of(found, lambda record: attempt_out(hub, actor, record))


@router.get("/people/{user_id:id}/active-attempt", summary="The learner's running attempt")
def active_attempt(user_id: str, hub: TheHub, actor: TheActor) -> ActiveOut:
    """Over all exams, with the time left, for a banner."""
    record = reading.active(hub, actor, user_id)
    return ActiveOut(attempt=None if record is None else attempt_out(hub, actor, record))


@router.post("/attempts/{attempt_code}/launch", summary="How the learner gets into the session")
def launch_attempt(
    attempt_code: str, hub: TheHub, actor: TheActor, language: Language
) -> LaunchOut:
    """Safe to repeat. Registers the attempt where that has not happened; 503 while the vendor is
    down."""
    done = launch.launch(hub, actor, attempt_code, language)
    plan = None if done.plan is None else plan_out(done.plan)
    return LaunchOut(attempt=attempt_out(hub, actor, done.record), plan=plan)


@router.post("/attempts/{attempt_code}/actions", summary="What the learner does in the exam")
def act(
    attempt_code: str, body: ActionIn, hub: TheHub, actor: TheActor, source: Source
) -> AttemptOut:
    """Illegal moves are 409, with what is allowed instead."""
    record = learner.act(
        hub, actor, attempt_code, body.action, detail=body.detail, source_address=source
    )
    return attempt_out(hub, actor, record)


@router.post("/attempts/{attempt_code}/decline", summary="Take the exam without proctoring")
def decline(attempt_code: str, hub: TheHub, actor: TheActor) -> AttemptOut:
    """Where the course allows it; may decline the course's other proctored exams too."""
    return attempt_out(hub, actor, optout.decline(hub, actor, attempt_code))


@router.post(
    "/attempts/{attempt_code}/access", summary="May the exam's content be shown, and until when"
)
def check_access(attempt_code: str, body: ProofIn, hub: TheHub, actor: TheActor) -> AccessOut:
    """With the proof the learner's browser brought from the vendor's tool."""
    return AccessOut.model_validate(access.check(hub, actor, attempt_code, body.proof))


@router.post(
    "/attempts/{attempt_code}/retry",
    summary="Retry a practice or a failed onboarding",
    status_code=201,
    response_model=AttemptOut,
)
def retry(attempt_code: str, hub: TheHub, actor: TheActor, creating: Creating) -> Response:
    """By the learner alone; the old attempt is archived."""
    return creating.run(lambda: _created(hub, actor, staff.retry(hub, actor, attempt_code)))


@router.post(
    "/attempts/{attempt_code}/reset",
    summary="Reset an attempt",
    status_code=201,
    response_model=AttemptOut,
)
def reset(
    attempt_code: str, body: ReasonIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """By course team and support: archived, and a new one begins with cleared answers."""

    def work() -> AttemptOut:
        done = staff.reset(hub, actor, attempt_code, reason=body.reason, due_at=body.due_at)
        return _created(hub, actor, done)

    return creating.run(work)


@router.post(
    "/attempts/{attempt_code}/resume",
    summary="Resume an attempt that is in error",
    status_code=201,
    response_model=AttemptOut,
)
def resume(
    attempt_code: str, body: ReasonIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """By course team and support: archived, and a new one begins with the time that was left."""

    def work() -> AttemptOut:
        done = staff.resume(hub, actor, attempt_code, reason=body.reason, due_at=body.due_at)
        return _created(hub, actor, done)

    return creating.run(work)


def _created(hub: Hub, actor: Actor, created: CreatedAttempt) -> AttemptOut:
    return attempt_out(hub, actor, created.record, created.problem)
