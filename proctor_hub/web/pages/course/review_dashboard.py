"""The Review Dashboard: the vendor's own where it has one, else the hub's, from what is stored."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.domain.told import sentence_of
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services import dashboards, exams
from proctor_hub.services.attempt_table import Asked, attempt_table
from proctor_hub.services.attempts import reading
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import NotFound, ServiceError
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.vendors.rendering import Dashboard, DashboardData, DashboardScope
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.vendor_pages import Shown, address_of, shown
from proctor_hub.web.pages.visits import TheVisit, Visit

S = AttemptStatus

KINDS = {
    "attention": (S.SECOND_REVIEW_REQUIRED, noted("Require attention")),
    "error": (S.ERROR, noted("In error")),
    "waiting": (S.SUBMITTED, noted("Waiting for the vendor's review")),
    "all": (None, noted("All sessions")),
}

router = page_router()


@router.get("/courses/{course_id:id}/review-dashboard/open")
def open_it(
    course_id: str,
    visit: TheVisit,
    exam_id: int | None = None,
    attempt_code: str | None = None,
) -> Response:
    """On to the vendor's dashboard in this tab, by an address made for this very moment."""
    course = the_course(visit, Permission.SEE_REVIEWS, course_id)
    if attempt_code is not None:
        _ensure_of_course(course, reading.get(visit.hub, visit.actor, attempt_code).course_id)
        found = dashboards.dashboard(
            visit.hub,
            visit.actor,
            DashboardScope.ATTEMPT,
            attempt_code=attempt_code,
            language=visit.speech.tag,
        )
    else:
        exam = None if exam_id is None else _exam(visit, course, exam_id)
        found = _dashboard(visit, course, exam)
    address = address_of(found)
    if address is None:
        raise NotFound("dashboard", course.vendor or "")
    return RedirectResponse(address, 303, {"Referrer-Policy": "no-referrer"})


@router.get("/courses/{course_id:id}/review-dashboard")
def review_dashboard(
    course_id: str,
    visit: TheVisit,
    exam_id: int | None = None,
    show: str = "attention",
    cursor: str | None = None,
) -> Response:
    """Quizzes, then the sessions of one; the vendor's dashboard inline where it has one."""
    course = the_course(visit, Permission.SEE_REVIEWS, course_id)
    exam = None if exam_id is None else _exam(visit, course, exam_id)
    path = course_path(course.course_id, "/review-dashboard")
    vendors, problem = Shown(), ""
    if course.vendor is not None and (exam is None or exam.vendor is not None):
        try:
            vendors = shown(_dashboard(visit, course, exam))
        except ServiceError as error:
            # The hub's own lists below do not depend on the vendor.
            problem = sentence_of(error)
    values = (
        _quizzes(visit, course, path, cursor)
        if exam is None
        else _sessions(visit, course, exam, path, show, cursor)
    )
    return page(
        visit,
        "course/review_dashboard.html",
        course_id=course.course_id,
        frames=vendors.origins,
        course=course,
        exam=exam,
        path=path,
        vendors=vendors,
        problem=problem,
        kinds=KINDS,
        **values,
    )


def _quizzes(visit: Visit, course: Course, path: str, cursor: str | None) -> dict[str, Any]:
    found = exams.list_exams(
        visit.hub, visit.actor, course_id=course.course_id, retired=True, cursor=cursor
    )
    quizzes = [exam for exam in found.items if exam.vendor is not None]
    return {
        "quizzes": quizzes,
        "sessions": (),
        "found": None,
        "show": "attention",
        "turns": turns(path, cursor, found),
    }


def _sessions(
    visit: Visit, course: Course, exam: Exam, path: str, show: str, cursor: str | None
) -> dict[str, Any]:
    show = show if show in KINDS else "attention"
    # An archived attempt waits for nobody any more: among all sessions it is shown, as such.
    asked = Asked(exam_pk=exam.id, status=KINDS[show][0], archived=show == "all")
    found = attempt_table(visit.hub, visit.actor, course.course_id, asked, cursor=cursor)
    return {
        "quizzes": (),
        "sessions": found.rows,
        "found": found,
        "show": show,
        "turns": turns(path, cursor, found, exam_id=exam.id, show=show),
    }


def _dashboard(visit: Visit, course: Course, exam: Exam | None) -> Dashboard:
    if exam is None:
        if course.vendor is None:
            return DashboardData()
        return dashboards.dashboard(
            visit.hub,
            visit.actor,
            DashboardScope.COURSE,
            course_id=course.course_id,
            language=visit.speech.tag,
        )
    return dashboards.dashboard(
        visit.hub,
        visit.actor,
        DashboardScope.EXAM,
        exam_pk=exam.id,
        language=visit.speech.tag,
    )


def _exam(visit: Visit, course: Course, exam_id: int) -> Exam:
    exam = exams.get_exam(visit.hub, visit.actor, exam_pk=exam_id)
    _ensure_of_course(course, exam.course_id)
    return exam


def _ensure_of_course(course: Course, course_id: str) -> None:
    if course_id != course.course_id:
        raise NotFound("page", course_id)
