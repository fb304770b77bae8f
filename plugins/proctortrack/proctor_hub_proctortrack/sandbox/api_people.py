"""The vendor's API for the hub: onboarding statuses and retirement of learners."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, HTTPException, Query

from .api_exams import require_token
from .model import ONBOARDING_WORDS
from .world import World, WorldDep

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
router = APIRouter(prefix="/api/v1", dependencies=[Depends(require_token)])


@router.delete("/user/{pseudonym}/")
def retire(pseudonym: str, world: WorldDep) -> bool:
    """Erase a learner: true, or false if nothing was known of them."""
    return world.store.forget(pseudonym)


@router.get("/courses/{course_id:path}/onboarding_statuses")
def onboarding_statuses(
    course_id: str,
    world: WorldDep,
    user_id: str | None = None,
    status: str | None = None,
    page: int = Query(default=1, ge=1),
    page_size: int = Query(default=DEFAULT_PAGE_SIZE, ge=1),
) -> dict[str, Any]:
    """One learner's status, or a page of those seen in the course, in the vendor's words.

    404 for a page past the last, 422 for a status that is none of the vendor's words. Pages hold
    at most `MAX_PAGE_SIZE`, whatever was asked for.
    """
    if user_id:
        return _status(world, course_id, user_id)
    if status is not None and status not in ONBOARDING_WORDS:
        raise HTTPException(422, "status is none of " + ", ".join(ONBOARDING_WORDS))
    with world.store.lock:
        known = [_status(world, course_id, one) for one in world.store.learners(course_id)]
    rows = [row for row in known if status in (None, row["status"])]
    size = min(page_size, MAX_PAGE_SIZE)
    pages = max(1, -(-len(rows) // size))
    if page > pages:
        raise HTTPException(404, f"no page {page}, the last is {pages}")

    def link(number: int) -> str | None:
        if not 1 <= number <= pages:
            return None
        query = {"page": number, "page_size": size} | ({"status": status} if status else {})
        path = f"/api/v1/courses/{quote(course_id, safe='')}/onboarding_statuses"
        return f"{world.settings.public_url.rstrip('/')}{path}?{urlencode(query)}"

    return {
        "results": rows[(page - 1) * size : page * size],
        "count": len(rows),
        "num_pages": pages,
        "next": link(page + 1),
        "previous": link(page - 1),
    }


def _status(world: World, course_id: str, pseudonym: str) -> dict[str, str | None]:
    """A learner's onboarding as the wire words it."""
    profile = world.store.profile(pseudonym)
    expires = profile.expires_at
    return {
        "user_id": pseudonym,
        "status": profile.word(course_id, world.clock()),
        "expiration_date": None if expires is None else expires.isoformat(),
    }
