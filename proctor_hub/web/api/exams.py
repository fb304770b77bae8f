"""Exams of a course."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from proctor_hub.services import exams
from proctor_hub.services.exams import ExamSettings
from proctor_hub.storage.exams import Exam
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Key, Limit, PageOf, page_of
from proctor_hub.web.models_courses import ExamChange, ExamIn, ExamOut
from proctor_hub.web.once import Creating

router = APIRouter(tags=["exams"])


@router.post(
    "/courses/{course_id:id}/exams",
    summary="Create an exam",
    status_code=201,
    response_model=ExamOut,
)
def create_exam(
    course_id: str, body: ExamIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """Pinned to the course's vendor, unless it is timed. 409 where the content has one already."""
    given: dict[str, Any] = body.given()

    def work() -> ExamOut:
        settings = ExamSettings(**given)
        return _out(exams.create_exam(hub, actor, course_id=course_id, settings=settings))

    return creating.run(work)


@router.get("/courses/{course_id:id}/exams", summary="List a course's exams")
def list_exams(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    content_id: Annotated[str | None, Query(description="Only the exam of this content")] = None,
    retired: Annotated[bool, Query(description="Also those a migration replaced")] = False,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[ExamOut]:
    """In the order they were created."""
    if content_id is not None:
        found = exams.get_by_content(hub, actor, course_id=course_id, content_id=content_id)
        return PageOf(items=[_out(found)], next_cursor=None)
    page = exams.list_exams(
        hub, actor, course_id=course_id, retired=retired, cursor=cursor, limit=limit
    )
    return page_of(page, _out)


@router.get("/exams/{exam_id}", summary="An exam")
def get_exam(exam_id: Key, hub: TheHub, actor: TheActor) -> ExamOut:
    """404 also where the exam is not yours to see."""
    return _out(exams.get_exam(hub, actor, exam_pk=exam_id))


@router.patch("/exams/{exam_id}", summary="Change an exam")
def change_exam(exam_id: Key, body: ExamChange, hub: TheHub, actor: TheActor) -> ExamOut:
    """The LMS changes everything, the course team `rules` and `custom_rules` only."""
    given: dict[str, Any] = body.given()
    return _out(exams.update_exam(hub, actor, exam_pk=exam_id, settings=ExamSettings(**given)))


def _out(exam: Exam) -> ExamOut:
    return ExamOut.model_validate({n: getattr(exam, n) for n in ExamOut.model_fields})
