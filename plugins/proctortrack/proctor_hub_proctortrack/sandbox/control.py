"""Steering by machine: the JSON control API under `/sandbox`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from .faults import FaultBody
from .model import Attempt, ProfileState, Review
from .reviewing import finish_set_up, review, settle_profile
from .world import World, WorldDep

ProfileWord = Literal[
    "no-profile",
    "pending",
    "approved",
    "approved-in-course",
    "approved-in-different-course",
    "rejected",
    "expired",
]
_STATES: dict[str, ProfileState] = {
    "no-profile": "none",
    "pending": "pending",
    "rejected": "rejected",
    "expired": "expired",
}


class ReviewBody(BaseModel):
    """One review to post; deliberately loose, so that nonsense can be sent to the hub too."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field(max_length=100)
    comments: list[dict[str, Any]] = Field(default_factory=list, max_length=1000)
    reviewed_by: str | None = Field(default=None, max_length=254)

    def value(self) -> Review:
        """The review as the vendor keeps it."""
        return Review(
            status=self.status, comments=tuple(self.comments), reviewed_by=self.reviewed_by
        )


class ReviewOrder(BaseModel):
    """Which reviews to post: one (`status`, …) or a series (`reviews`), each `copies` times.

    The last one as given is the vendor's standing review; `order` is how they are delivered.
    """

    model_config = ConfigDict(extra="forbid")

    status: str | None = Field(default=None, max_length=100)
    comments: list[dict[str, Any]] = Field(default_factory=list, max_length=1000)
    reviewed_by: str | None = Field(default=None, max_length=254)
    reviews: list[ReviewBody] = Field(default_factory=list, max_length=50)
    copies: int = Field(default=1, ge=1, le=50)
    order: Literal["as_given", "reversed"] = "as_given"

    def series(self) -> list[Review]:
        """The distinct reviews as given; HTTPException 422 unless one of the two forms is used."""
        if (self.status is None) is (not self.reviews):
            raise HTTPException(422, "give either status or reviews")
        if self.status is None:
            return [one.value() for one in self.reviews]
        comments = tuple(self.comments)
        return [Review(status=self.status, comments=comments, reviewed_by=self.reviewed_by)]

    def deliveries(self) -> list[Review]:
        """What goes over the wire, in order."""
        series = self.series()
        ordered = series if self.order == "as_given" else series[::-1]
        return [one for one in ordered for _ in range(self.copies)]


class ProfileBody(BaseModel):
    """An onboarding profile to set, in the vendor's words.

    `approved` without `course_id` counts for the course the learner was last registered in.
    """

    model_config = ConfigDict(extra="forbid")

    status: ProfileWord
    expiration_date: AwareDatetime | None = None
    course_id: str | None = None


def same_origin(request: Request) -> None:
    """HTTPException 403 for a browser that comes from another site's page."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "steering is for this server's own page")


router = APIRouter(prefix="/sandbox", dependencies=[Depends(same_origin)])


@router.get("/attempts")
def list_attempts(world: WorldDep) -> list[dict[str, Any]]:
    """Every session, in order of registration."""
    with world.store.lock:
        return [shown(world, attempt) for attempt in world.store.attempts()]


def shown(world: World, attempt: Attempt) -> dict[str, Any]:
    """A session as the steering person sees it, without name and e-mail."""
    exam = world.store.exam(attempt.exam_id)
    profile = world.store.profile(attempt.pseudonym)
    return {
        "external_id": attempt.id,
        "pseudonym": attempt.pseudonym,
        "exam_id": exam.id,
        "exam": exam.name,
        "course_id": exam.course_id,
        "status": attempt.status,
        "is_onboarding": exam.is_onboarding,
        "profile": profile.word(exam.course_id, world.clock()),
        "review_policy": attempt.review_policy,
        "reviews": [one.body() for one in attempt.reviews],
    }


@router.get("/exams")
def list_exams(world: WorldDep) -> list[dict[str, Any]]:
    """Every exam as the hub sent it, with the vendor's id and the rules in force."""
    return [{**e.sent, "external_id": e.id, "rules": e.rules} for e in world.store.exams()]


@router.post("/attempts/{attempt_id}/room-scan")
def room_scan(attempt_id: str, world: WorldDep) -> list[dict[str, Any]]:
    """Finish the set-up: the session is ready, the hub is told; answers what the hub said."""
    return [asdict(finish_set_up(world, attempt_id))]


@router.post("/attempts/{attempt_id}/review")
def post_review(attempt_id: str, world: WorldDep, order: ReviewOrder) -> list[dict[str, Any]]:
    """Review a session; answers what the hub said to each delivery, in order of delivery."""
    answers = review(world, attempt_id, order.series(), order.deliveries())
    return [asdict(answer) for answer in answers]


@router.post("/profiles/{pseudonym}")
def set_profile(pseudonym: str, world: WorldDep, body: ProfileBody) -> dict[str, Any]:
    """Set a learner's onboarding profile, known or not yet known."""
    with world.store.lock:
        seen = [a for a in world.store.attempts() if a.pseudonym == pseudonym]
        course_id = body.course_id
        if course_id is None and seen and body.status != "approved-in-different-course":
            course_id = world.store.exam(seen[-1].exam_id).course_id
        state = _STATES.get(body.status, "approved")
        profile = settle_profile(world, pseudonym, state, course_id, body.expiration_date)
    return {
        "pseudonym": pseudonym,
        "status": profile.word(course_id or "", world.clock()),
        "expiration_date": _iso(profile.expires_at),
    }


@router.get("/faults")
def show_faults(world: WorldDep) -> dict[str, Any]:
    """The faults in force."""
    return world.faults.shown(world.clock())


@router.post("/faults")
def set_faults(world: WorldDep, body: FaultBody) -> dict[str, Any]:
    """Set faults; answers those in force."""
    world.faults.set(body, world.clock())
    return world.faults.shown(world.clock())


@router.delete("/faults")
def clear_faults(world: WorldDep) -> dict[str, Any]:
    """End all faults."""
    world.faults.clear()
    return world.faults.shown(world.clock())


@router.delete("/tokens")
def revoke_tokens(world: WorldDep) -> dict[str, bool]:
    """Forget every access token given out: the hub's next call gets 401."""
    world.tokens.revoke_all()
    return {"revoked": True}


@router.get("/journal")
def journal(
    world: WorldDep, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
) -> list[dict[str, Any]]:
    """The last exchanges with hub and browsers, oldest first; steering itself is left out."""
    return [{**asdict(e), "at": e.at.isoformat()} for e in world.journal.entries(limit)]


def _iso(moment: datetime | None) -> str | None:
    """A time as ISO 8601 text."""
    return None if moment is None else moment.isoformat()
