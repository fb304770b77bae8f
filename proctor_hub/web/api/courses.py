"""Courses and their settings, the vendor's choice among them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from proctor_hub.services import courses
from proctor_hub.services.courses import CourseSettings
from proctor_hub.storage.courses import Course
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_courses import CourseIn, CourseOut

router = APIRouter(tags=["courses"])


@router.get("/courses", summary="List the courses you may see")
def list_courses(
    hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[CourseOut]:
    """All courses for the LMS, support and operators; for others those whose team they are on."""
    return page_of(courses.list_courses(hub, actor, cursor=cursor, limit=limit), _out)


@router.put(
    "/courses/{course_id:id}",
    summary="Create a course or change its settings",
    responses={201: {"model": CourseOut, "description": "Created"}},
)
def put_course(
    course_id: str, body: CourseIn, hub: TheHub, actor: TheActor, response: Response
) -> CourseOut:
    """The vendor cannot change once proctored exams exist: 409, use a migration."""
    given: dict[str, Any] = body.given()
    done = courses.put_course(hub, actor, course_id=course_id, settings=CourseSettings(**given))
    response.status_code = 201 if done.created else 200
    return _out(done.course)


@router.get("/courses/{course_id:id}", summary="A course and its settings")
def get_course(course_id: str, hub: TheHub, actor: TheActor) -> CourseOut:
    """404 also where the course is not yours to see."""
    return _out(courses.get_course(hub, actor, course_id=course_id))


def _out(course: Course) -> CourseOut:
    return CourseOut.model_validate({n: getattr(course, n) for n in CourseOut.model_fields})
