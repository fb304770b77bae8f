"""Reviews with their revisions, decisions, second-review queues, history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from proctor_hub.domain.words import ReviewOwner
from proctor_hub.services import audit, decisions, queues, review_lists
from proctor_hub.services.callbacks import listing
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_attempts import AttemptOut, attempt_out
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_reviews import (
    CallbackOut,
    DecisionIn,
    DecisionOut,
    HistoryOut,
    RevisionOut,
)
from proctor_hub.web.once import Creating
from proctor_hub.web.slicing import sliced

router = APIRouter(tags=["reviews"])


@router.get("/attempts/{attempt_code}/reviews", summary="An attempt's reviews")
def list_revisions(
    attempt_code: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[RevisionOut]:
    """Every revision with its incidents, oldest first; for staff of the course and support."""
    found = review_lists.list_revisions(hub, actor, attempt_code)
    page = sliced(hub, found, lambda one: one.number, cursor, limit)
    return page_of(page, RevisionOut.model_validate)


@router.get("/attempts/{attempt_code}/decisions", summary="An attempt's decisions")
def list_decisions(
    attempt_code: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[DecisionOut]:
    """Oldest first; each names the one it replaced."""
    found = decisions.list_decisions(hub, actor, attempt_code)
    page = sliced(hub, found, lambda one: one.id, cursor, limit)
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


@router.get("/second-reviews", summary="Second reviews that wait for a decision")
def second_reviews(
    hub: TheHub,
    actor: TheActor,
    owner: Annotated[ReviewOwner, Query(description="Whose queue")],
    course_id: Annotated[str | None, Query(description="Needed by the course team")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[AttemptOut]:
    """Oldest first. Support sees all courses, a course's team its own."""
    page = queues.second_reviews(hub, actor, owner, course_id=course_id, cursor=cursor, limit=limit)
    return page_of(page, lambda record: attempt_out(hub, actor, record))


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
    found = listing.of_attempt(hub, actor, attempt_code)
    page = sliced(hub, found, lambda one: one.id, cursor, limit)
    return page_of(page, CallbackOut.model_validate)
