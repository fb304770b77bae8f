"""The vendor's API for the hub: attempts (proctoring sessions)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Header, HTTPException

from .api_exams import download_url, require_token
from .bodies import AttemptBody, JsonBody, StatusBody, checked
from .callbacks import hub_base
from .catalogue import instructions, language_of
from .model import Attempt, Exam
from .reviewing import settle_profile
from .world import World, WorldDep

router = APIRouter(prefix="/api/v1/exam/{exam_id}/attempt", dependencies=[Depends(require_token)])


@router.post("/")
def register(exam_id: str, world: WorldDep, body: JsonBody) -> dict[str, str]:
    """Register an attempt: `{"id"}`, or the onboarding refusal `{"status"}` and no session."""
    exam = world.store.exam(exam_id)
    sent = checked(AttemptBody, body)
    base = hub_base(sent.lms_host, world.settings.hub_url)
    _check_registration(exam, sent, base)
    with world.store.lock:
        world.store.meet(exam.course_id, sent.user_id)
        profile = world.store.profile(sent.user_id)
        refusal = profile.refusal(world.clock()) if exam.needs_onboarding else None
        if refusal is not None:
            return {"status": refusal}
        if world.faults.take("answer_without_id"):
            return {}
        others = world.store.attempts()
        if others and world.faults.take("id_reuse"):
            return {"id": others[-1].id}
        if exam.is_onboarding:
            world.store.keep_profile(profile)
        return {"id": _open_session(world, exam, sent, base or "").id}


def _check_registration(exam: Exam, sent: AttemptBody, base: str | None) -> None:
    """HTTPException 422 for what the fields alone do not show."""
    if base is None:
        raise HTTPException(422, "lms_host must be an http or https address")
    if not exam.is_active:
        raise HTTPException(422, "the exam is not active")
    if sent.is_sample_attempt is not exam.is_practice:
        raise HTTPException(422, "is_sample_attempt must be true for practice exams, else false")


def _open_session(world: World, exam: Exam, sent: AttemptBody, base: str) -> Attempt:
    """Keep a new session in status created."""
    return world.store.add_attempt(
        exam_id=exam.id,
        pseudonym=sent.user_id,
        full_name=sent.full_name,
        email=sent.email,
        hub_base=base,
        is_sample=sent.is_sample_attempt,
        review_policy="\n".join(
            part for part in (sent.review_policy, sent.review_policy_exception) if part
        ),
        registered_at=world.clock(),
    )


@router.get("/{attempt_id}/")
def get_attempt(
    exam_id: str,
    attempt_id: str,
    world: WorldDep,
    accept_language: str | None = Header(default=None),
) -> dict[str, Any]:
    """The session's status, what the learner does next, and the download."""
    attempt = world.store.attempt(attempt_id, exam_id)
    return {
        "status": attempt.status,
        "instructions": instructions(language_of(accept_language)),
        "download_url": download_url(world),
    }


@router.patch("/{attempt_id}/")
def change_status(exam_id: str, attempt_id: str, world: WorldDep, body: JsonBody) -> dict[str, str]:
    """Start, stop or fail a session; 409 for starting one whose set-up is not finished.

    Everything else is taken as told, as the vendor does, but nothing leads back from the end.
    """
    world.store.attempt(attempt_id, exam_id)
    wanted = checked(StatusBody, body).status
    now = world.clock()

    def change(attempt: Attempt) -> dict[str, Any]:
        if wanted == "started":
            if attempt.status == "created":
                raise HTTPException(409, "the session is not ready to start")
            if attempt.status != "ready":
                return {}
            return {"status": "started", "started_at": now}
        if wanted == "submitted" and attempt.submitted_at is None:
            return {"status": "submitted", "submitted_at": now}
        return {"status": wanted}

    with world.store.lock:
        attempt = world.store.change_attempt(attempt_id, change)
        if wanted == "submitted":
            _hand_in_onboarding(world, attempt)
    return {"status": attempt.status}


def _hand_in_onboarding(world: World, attempt: Attempt) -> None:
    """A handed-in onboarding attempt waits for review, unless the profile is valid or reviewed."""
    exam = world.store.exam(attempt.exam_id)
    profile = world.store.profile(attempt.pseudonym)
    valid = profile.state_at(world.clock()) == "approved"
    if exam.is_onboarding and not valid and not attempt.reviews:
        settle_profile(world, attempt.pseudonym, "pending", exam.course_id)


@router.delete("/{attempt_id}/")
def remove_attempt(exam_id: str, attempt_id: str, world: WorldDep) -> dict[str, str]:
    """Delete a session for good."""
    with world.store.lock:
        world.store.attempt(attempt_id, exam_id)
        world.store.remove_attempt(attempt_id)
    return {"status": "deleted"}
