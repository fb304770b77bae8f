"""Support's queue: second reviews of all courses, oldest first (domain §5)."""

from __future__ import annotations

from fastapi import Response

from proctor_hub.domain.words import ReviewOwner
from proctor_hub.services import queues
from proctor_hub.web.pages.deciding import SHORTS, SUPPORT
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.queue_rows import rows
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.support.only import ensure_support
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/support")
def queue(
    visit: TheVisit, course_id: str = "", cursor: str | None = None, done: str = ""
) -> Response:
    """What waits for support, of all courses or of one; never of others than it signed in for."""
    ensure_support(visit)
    bound = visit.sign_in.course_id
    wanted = course_id.strip()
    found = queues.second_reviews(
        visit.hub, visit.actor, ReviewOwner.SUPPORT, course_id=wanted or None, cursor=cursor
    )
    return page(
        visit,
        "support/queue.html",
        rows=rows(visit, found.items),
        turns=turns("/support", cursor, found, course_id=wanted),
        shorts=SHORTS,
        claim_minutes=visit.hub.limits.claim_minutes,
        came_from=SUPPORT,
        several_courses=bound is None,
        bound=bound,
        wanted=wanted,
        done=done,
    )
