"""The course team's queue: theirs by the vendor's policy, and what support escalated (§5)."""

from __future__ import annotations

from fastapi import Response

from proctor_hub.domain.words import ReviewOwner
from proctor_hub.services import queues
from proctor_hub.services.authorize import Permission
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.deciding import QUEUE, SHORTS
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.queue_rows import rows
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/courses/{course_id:id}/second-reviews")
def second_reviews(
    course_id: str, visit: TheVisit, cursor: str | None = None, done: str = ""
) -> Response:
    """What waits for the course team, the longest waiting first."""
    course = the_course(visit, Permission.SEE_REVIEWS, course_id)
    path = course_path(course.course_id, "/second-reviews")
    found = queues.second_reviews(
        visit.hub,
        visit.actor,
        ReviewOwner.COURSE_TEAM,
        course_id=course.course_id,
        cursor=cursor,
    )
    return page(
        visit,
        "course/second_reviews.html",
        course_id=course.course_id,
        course=course,
        rows=rows(visit, found.items),
        turns=turns(path, cursor, found),
        shorts=SHORTS,
        claim_minutes=visit.hub.limits.claim_minutes,
        came_from=QUEUE,
        several_courses=False,
        done=done,
    )
