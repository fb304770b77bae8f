"""Onboarding profiles: the course team's panel, and a learner's own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from proctor_hub.domain.words import OnboardingStatus
from proctor_hub.services import onboarding
from proctor_hub.storage.onboarding import PanelFilter
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_learners import OwnProfileOut, ProfileRow, Refreshed

router = APIRouter(tags=["onboarding"])

User = Annotated[
    str | None, Query(description="Whose, for those who may see profiles; default: your own")
]


@router.get("/courses/{course_id:id}/onboarding", summary="The onboarding panel")
def list_profiles(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    username: Annotated[str, Query(description="Part of it, in any case")] = "",
    email: Annotated[str, Query(description="Part of it, in any case")] = "",
    status: Annotated[OnboardingStatus | None, Query(description="As of now")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[ProfileRow]:
    """The course's verified learners with its vendor; 409 where the vendor has no onboarding."""
    only = PanelFilter(username=username, email=email, status=status)
    page = onboarding.panel(hub, actor, course_id=course_id, only=only, cursor=cursor, limit=limit)
    return page_of(
        page, lambda row: ProfileRow(**{n: getattr(row, n) for n in ProfileRow.model_fields})
    )


@router.get("/courses/{course_id:id}/onboarding/profile", summary="One learner's onboarding")
def own_profile(
    course_id: str, hub: TheHub, actor: TheActor, user_id: User = None
) -> OwnProfileOut:
    """Your own, or `user_id`'s for those who may see profiles."""
    found = onboarding.own_profile(hub, actor, course_id=course_id, user_id=user_id)
    return OwnProfileOut.model_validate(found)


@router.post("/courses/{course_id:id}/onboarding/refresh", summary="Ask the vendor for profiles")
def refresh(course_id: str, hub: TheHub, actor: TheActor, user_id: User = None) -> Refreshed:
    """One learner's, or all of the course; 503 while the vendor does not answer."""
    stored = onboarding.refresh(hub, actor, course_id=course_id, user_id=user_id)
    return Refreshed(stored=stored)
