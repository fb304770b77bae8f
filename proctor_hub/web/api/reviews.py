"""Reviews with their revisions, decisions, second-review queues, history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from proctor_hub.domain.words import ReviewOwner
from proctor_hub.services import audit, decisions, queues, review_claims, review_lists
from proctor_hub.services.callbacks import listing
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.queues import QueueEntry
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_attempts import AttemptOut, attempt_out
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_reviews import (
    CallbackOut,
    ClaimOut,
    DecisionIn,
    DecisionOut,
    EscalatedOut,
    HistoryOut,
    NoteOut,
    QueuedOut,
    RevisionOut,
)
from proctor_hub.web.once import Creating

router = APIRouter(tags=["reviews"])


@router.get("/attempts/{attempt_code}/reviews", summary="An attempt's reviews")
def list_revisions(
    attempt_code: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[RevisionOut]:
    """Every revision with its incidents, oldest first; for staff of the course and support."""
    page = review_lists.list_revisions(hub, actor, attempt_code, cursor=cursor, limit=limit)
    return page_of(page, RevisionOut.model_validate)


@router.get("/attempts/{attempt_code}/decisions", summary="An attempt's decisions")
def list_decisions(
    attempt_code: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[DecisionOut]:
    """Oldest first; each names the one it replaced."""
    page = decisions.list_decisions(hub, actor, attempt_code, cursor=cursor, limit=limit)
    return page_of(page, DecisionOut.model_validate)


@router.post(
    "/attempts/{attempt_code}/decisions",
    summary="Pass, fail, escalate or revert",
    status_code=201,
    response_model=AttemptOut,
)
def decide(
    attempt_code: str, body: DecisionIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """By the person whose token it is, in the role they hold; 403 where it is not theirs."""

    def work() -> AttemptOut:
        done = decisions.decide(hub, actor, attempt_code, body.decision, reason=body.reason)
        return attempt_out(hub, actor, done.record)

    return creating.run(work)


@router.post("/attempts/{attempt_code}/claim", summary="Claim a second review")
def claim(attempt_code: str, hub: TheHub, actor: TheActor) -> ClaimOut:
    """For half an hour, by who may decide it; again: for as long again. 409: who holds it."""
    return ClaimOut.model_validate(review_claims.claim(hub, actor, attempt_code))


@router.delete("/attempts/{attempt_code}/claim", summary="Release a second review", status_code=204)
def release(attempt_code: str, hub: TheHub, actor: TheActor) -> None:
    """Give your claim back; nothing happens where there is none."""
    review_claims.release(hub, actor, attempt_code)


@router.get("/second-reviews", summary="Second reviews that wait for a decision")
def second_reviews(
    hub: TheHub,
    actor: TheActor,
    owner: Annotated[ReviewOwner, Query(description="Whose queue")],
    course_id: Annotated[str | None, Query(description="Needed by the course team")] = None,
    vendor: Annotated[str | None, Query(description="Of this vendor only")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[QueuedOut]:
    """Oldest attempt first. Support sees all courses, a course's team its own."""
    page = queues.second_reviews(
        hub, actor, owner, course_id=course_id, vendor=vendor, cursor=cursor, limit=limit
    )
    return page_of(page, lambda entry: _queued(hub, actor, entry))


@router.get("/escalations", summary="What support escalated, and its fate")
def escalations(
    hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[EscalatedOut]:
    """Newest first, for support."""
    page = queues.escalated(hub, actor, cursor=cursor, limit=limit)
    return page_of(page, EscalatedOut.model_validate)


def _queued(hub: Hub, actor: Actor, entry: QueueEntry) -> QueuedOut:
    attempt = attempt_out(hub, actor, entry.record)
    more: dict[str, Any] = {"since": entry.since, "claim": None, "escalation": None}
    if entry.claim is not None:
        more["claim"] = ClaimOut.model_validate(entry.claim)
    if entry.escalation is not None:
        more["escalation"] = NoteOut.model_validate(entry.escalation)
    return QueuedOut(**dict(attempt), **more)


@router.get("/attempts/{attempt_code}/history", summary="An attempt's history")
def history(
    attempt_code: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[HistoryOut]:
    """Who, when, from, to, why; oldest first."""
    page = audit.attempt_history(hub, actor, code=attempt_code, cursor=cursor, limit=limit)
    return page_of(page, HistoryOut.model_validate)


@router.get("/attempts/{attempt_code}/callbacks", summary="What the vendor said of an attempt")
def callbacks_of(
    attempt_code: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[CallbackOut]:
    """For staff that may see its reviews; archived attempts' too."""
    page = listing.of_attempt(hub, actor, attempt_code, cursor=cursor, limit=limit)
    return page_of(page, CallbackOut.model_validate)
