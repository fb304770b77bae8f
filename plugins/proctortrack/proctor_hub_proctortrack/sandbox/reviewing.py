"""What happens to a session at the vendor: set-up finished, reviewed, decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from .callbacks import Answer
from .model import Attempt, Profile, ProfileState, Review
from .world import World

# The verdict an onboarding review carries; a review that gives none leaves the profile alone.
_PROFILE_AFTER: dict[str, ProfileState] = {
    "passed": "approved",
    "violation": "approved",
    "suspicious": "rejected",
}
# "Suspicious" is the vendor's word whose exam result is Fail (domain §4).
_VERDICTS = {"pass": "passed", "fail": "suspicious"}


def finish_set_up(world: World, attempt_id: str) -> Answer:
    """The learner has scanned the room: mark the session ready and tell the hub.

    A session that went further keeps its status; the callback is sent all the same, late.
    Raises UnknownIdError.
    """

    def change(attempt: Attempt) -> dict[str, Any]:
        status = "ready" if attempt.status == "created" else attempt.status
        return {"status": status, "ready_at": world.clock()}

    attempt = world.store.change_attempt(attempt_id, change)
    return world.hub.send(attempt, "ready", {"status": "ready"})


def review(world: World, attempt_id: str, series: list[Review], sent: list[Review]) -> list[Answer]:
    """Record `series` as the vendor's reviews, the last one standing, and post `sent` in order.

    An onboarding attempt's standing review settles the learner's profile. Raises UnknownIdError.
    """
    with world.store.lock:
        attempt = world.store.change_attempt(
            attempt_id, lambda old: {"reviews": (*old.reviews, *series)}
        )
        exam = world.store.exam(attempt.exam_id)
        state = _PROFILE_AFTER.get(series[-1].status) if series else None
        if exam.is_onboarding and state is not None:
            settle_profile(world, attempt.pseudonym, state, exam.course_id)
    return [world.hub.send(attempt, "reviewed", one.body()) for one in sent]


def decide(world: World, attempt_id: str, verdict: Literal["pass", "fail"], email: str) -> Answer:
    """A person decided in the dashboard: the last review's comments, a new status, their e-mail.

    Raises UnknownIdError.
    """
    attempt = world.store.attempt(attempt_id)
    comments = attempt.reviews[-1].comments if attempt.reviews else ()
    decision = Review(status=_VERDICTS[verdict], comments=comments, reviewed_by=email)
    return review(world, attempt_id, [decision], [decision])[0]


def settle_profile(
    world: World,
    pseudonym: str,
    state: ProfileState,
    course_id: str | None,
    expires_at: datetime | None = None,
) -> Profile:
    """Set a learner's onboarding profile; an approval lasts the configured days unless told."""
    if state == "approved" and expires_at is None:
        expires_at = world.clock() + timedelta(days=world.settings.onboarding_valid_days)
    profile = replace(
        world.store.profile(pseudonym), state=state, course_id=course_id, expires_at=expires_at
    )
    world.store.keep_profile(profile)
    return profile
