"""A course's first page: its exams, and what waits for its team."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.services.courses import get_course
from proctor_hub.services.exams import list_exams
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/courses/{course_id:path}")
def home(
    course_id: str, visit: TheVisit, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """For the staff of the course."""
    course = get_course(visit.hub, visit.actor, course_id=course_id)
    exams = list_exams(visit.hub, visit.actor, course_id=course_id, cursor=cursor)
    return page(
        visit,
        "course/home.html",
        course_id=course.course_id,
        course=course,
        exams=exams,
        turns=turns(course_path(course_id), cursor, exams),
    )
