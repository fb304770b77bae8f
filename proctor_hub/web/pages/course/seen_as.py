"""The course as one learner sees it, for the course team: read-only, and on record."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.domain.results import result_word, status_sentence
from proctor_hub.domain.told import sentence_of
from proctor_hub.services import seeing_as
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Conflict, NotFound
from proctor_hub.storage.courses import Course
from proctor_hub.storage.own_exams import OwnExamRow
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages import words
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.learner.view import exam_view
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

NOBODY = noted("No learner of this course has this username, e-mail address or user id.")

router = page_router()


@router.get("/courses/{course_id:id}/as/{user_id:id}/exams/{exam_id}")
def exam(course_id: str, user_id: str, exam_id: int, visit: TheVisit) -> Response:
    """The page of one exam, as this learner has it."""
    seen = seeing_as.look_as(visit.hub, visit.actor, course_id=course_id, user_id=user_id)
    view = exam_view(visit.hub, seen.person.id, exam_id, visit.speech.tag, read_only=True)
    if view.exam.course.id != seen.course.id:
        raise NotFound("exam", str(exam_id))
    running = view.exam.running
    if running is not None and running.course_pk != seen.course.id:
        # What the learner does in other courses is not this team's to know.
        view = replace(view, exam=replace(view.exam, running=None))
    path = as_path(seen.course.course_id, seen.person.user_id)

    def exam_path(pk: int, rest: str = "") -> str:
        return f"{path}/exams/{pk}{rest}"

    return page(
        visit,
        "course/exam_seen_as.html",
        course_id=seen.course.course_id,
        view=view,
        here=exam_path(exam_id),
        exam_path=exam_path,
        content="",
        done="",
        path=path,
        person=seen.person,
    )


@router.get("/courses/{course_id:id}/as/{user_id:id}")
def exams(course_id: str, user_id: str, visit: TheVisit, cursor: str | None = None) -> Response:
    """The learner's exams in this course, each with where it stands."""
    seen = seeing_as.look_as(visit.hub, visit.actor, course_id=course_id, user_id=user_id)
    path = as_path(seen.course.course_id, seen.person.user_id)
    found = seeing_as.exams_of(visit.hub, seen, cursor=cursor)
    return page(
        visit,
        "course/seen_as.html",
        course_id=seen.course.course_id,
        course=seen.course,
        person=seen.person,
        path=path,
        rows=[(row, _result(row), _sentence(row)) for row in found.items],
        turns=turns(path, cursor, found),
    )


@router.get("/courses/{course_id:id}/as")
def whom(course_id: str, visit: TheVisit) -> Response:
    """Asks whom to look as, by any name they go by."""
    return _asking(visit, the_course(visit, Permission.SEE_AS_LEARNER, course_id))


@router.post("/courses/{course_id:id}/as")
def find(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """On to the course as this learner sees it; asks again where nobody is meant, or several."""
    course = the_course(visit, Permission.SEE_AS_LEARNER, course_id)
    wanted = text(form, "learner")
    try:
        user_id = seeing_as.user_id_of(
            visit.hub, visit.actor, course_id=course.course_id, name=wanted
        )
    except NotFound as error:
        return _asking(visit, course, wanted, NOBODY, error.status)
    except Conflict as error:
        return _asking(visit, course, wanted, sentence_of(error), error.status)
    return RedirectResponse(as_path(course.course_id, user_id), 303)


def _asking(
    visit: Visit, course: Course, wanted: str = "", problem: str = "", status: int = 200
) -> Response:
    return page(
        visit,
        "course/see_as.html",
        status=status,
        course_id=course.course_id,
        course=course,
        wanted=wanted,
        problem=problem,
    )


def as_path(course_id: str, user_id: str) -> str:
    """Where a course is seen as this learner sees it."""
    return course_path(course_id, f"/as/{part(user_id)}")


def _result(row: OwnExamRow) -> words.Badge | None:
    word = None if row.status is None else result_word(row.status, row.exam_type)
    return None if word is None else words.RESULTS[word]


def _sentence(row: OwnExamRow) -> str:
    return "" if row.status is None else status_sentence(row.status, row.exam_type)
