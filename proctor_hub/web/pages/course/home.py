"""A course's first page: what needs its team, its attempts by status, its exams."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.services.authorize import Permission, permissions_in
from proctor_hub.services.course_counts import course_counts
from proctor_hub.services.exams import list_exams
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.course.needs import by_status, needs
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/courses/{course_id:id}")
def home(
    course_id: str, visit: TheVisit, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """For the staff of the course; counts for who may see its attempts."""
    course = the_course(visit, Permission.SEE_COURSE, course_id)
    exams = list_exams(visit.hub, visit.actor, course_id=course_id, cursor=cursor)
    with visit.hub.database.read() as conn:
        sees = Permission.SEE_ATTEMPTS in permissions_in(conn, visit.actor, course.id)
    # On the first page of exams only: who turns pages looks for an exam.
    counts = course_counts(visit.hub, visit.actor, course_id) if sees and not cursor else None
    return page(
        visit,
        "course/home.html",
        course_id=course.course_id,
        course=course,
        counted=counts is not None,
        needs=needs(visit, course, counts) if counts else [],
        statuses=by_status(course, counts) if counts else [],
        exams=exams,
        turns=turns(course_path(course_id), cursor, exams),
    )
