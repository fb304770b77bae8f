"""The table of a course's attempts: filtered, ordered, page by page, and as CSV."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.responses import Response, StreamingResponse

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempt_table import Asked, attempt_table, stream_csv
from proctor_hub.services.authorize import Permission
from proctor_hub.storage import exams
from proctor_hub.storage.attempt_rows import ReviewWanted, TableSort
from proctor_hub.storage.courses import Course
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.course.exam_choice import exam_choice
from proctor_hub.web.pages.forms import TheForm, text, whole_number
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.sealed import Sealed, on_to
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

router = page_router()

SORTS = {
    TableSort.NEWEST: noted("Newest first"),
    TableSort.OLDEST: noted("Oldest first"),
    TableSort.USERNAME: noted("By username"),
    TableSort.EXAM: noted("By exam, then username"),
}


def asked(
    whom: Sealed,
    exam: Annotated[str, Query(max_length=20)] = "",
    status: Annotated[str, Query(max_length=40)] = "",
    review: Annotated[str, Query(max_length=40)] = "",
    vendor: Annotated[str, Query(max_length=100)] = "",
    archived: Annotated[bool, Query()] = False,
    flagged: Annotated[bool, Query()] = False,
    sort: Annotated[TableSort, Query()] = TableSort.NEWEST,
) -> Asked:
    """What the form asks for; a field that was left empty asks for nothing."""
    return Asked(
        exam_pk=whole_number(exam) or None,
        status=AttemptStatus(status) if status in set(AttemptStatus) else None,
        review=ReviewWanted(review) if review in set(ReviewWanted) else None,
        vendor=vendor.strip(),
        username=whom.get("username", ""),
        email=whom.get("email", ""),
        archived=archived,
        flagged=flagged,
        sort=sort,
    )


TheQuestion = Annotated[Asked, Depends(asked)]


@router.post("/courses/{course_id:id}/attempts/find")
def find(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """On to the table that the form asks for."""
    course = the_course(visit, Permission.SEE_ATTEMPTS, course_id)
    path, name = course_path(course.course_id, "/attempts"), text(form, "exam_name")
    # More exams: behind those that were offered, if it is still these that are looked for.
    after = text(form, "exam_after") if name == text(form, "exam_name_before") else ""
    exam = text(form, "exam") or ("" if after else _only(visit, course, name))
    return on_to(
        visit,
        path,
        form,
        names=("username", "email"),
        others=("status", "review", "vendor", "archived", "flagged", "sort"),
        exam=exam,
        exam_name=name,
        exam_after=after,
    )


@router.get("/courses/{course_id:id}/attempts/exams")
def exam_options(
    course_id: str, visit: TheVisit, exam_name: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """The exams to choose from, while a name is being typed; a part of the page."""
    course = the_course(visit, Permission.SEE_ATTEMPTS, course_id)
    choice = exam_choice(visit, course, exam_name, retired=True)
    return page(
        visit,
        "course/exam_options.html",
        course_id=course.course_id,
        choice=choice,
        chosen=(),
    )


def _only(visit: Visit, course: Course, name: str) -> str:
    """The one exam with this in its name; empty where there is none, or several."""
    if not name:
        return ""
    found = exam_choice(visit, course, name, retired=True)
    return str(found.items[0].id) if len(found.items) == 1 and not found.more else ""


@router.get("/courses/{course_id:id}/attempts.csv")
def attempts_csv(course_id: str, visit: TheVisit, question: TheQuestion) -> Response:
    """The whole of the filtered table, made while it is sent."""
    lines = stream_csv(visit.hub, visit.actor, course_id, question)
    name = re.sub(r"[^A-Za-z0-9._+-]", "_", course_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}_attempts.csv"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/courses/{course_id:id}/attempts")
def attempts(
    course_id: str,
    visit: TheVisit,
    question: TheQuestion,
    cursor: Annotated[str | None, Query()] = None,
    exam_name: Annotated[str, Query(max_length=500)] = "",
    exam_after: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """One page of the table, for staff of the course."""
    found = attempt_table(visit.hub, visit.actor, course_id, question, cursor=cursor)
    course = the_course(visit, Permission.SEE_ATTEMPTS, course_id)
    with visit.hub.database.read() as conn:
        chosen = exams.of_keys(conn, [question.exam_pk] if question.exam_pk else [])
        vendors = exams.vendors_of(conn, course.id)
    return page(
        visit,
        "course/attempts.html",
        course_id=course_id,
        asked=question,
        found=found,
        choice=exam_choice(visit, course, exam_name, exam_after, retired=True),
        chosen=[one for one in chosen.values() if one.course_pk == course.id],
        vendors=vendors,
        sorts=SORTS,
        reviews=tuple(ReviewWanted),
        path=course_path(course_id, "/attempts"),
        exam_after=exam_after,
        query=_query(question, visit.request.query_params.get("f", "")),
        began=cursor is None,
    )


def _query(question: Asked, sealed: str) -> str:
    """The question as it stands in an address, without what is usual."""
    values = {
        "exam": question.exam_pk,
        "status": question.status,
        "review": question.review,
        "vendor": question.vendor,
        "archived": "true" if question.archived else "",
        "flagged": "true" if question.flagged else "",
        "f": sealed if question.username or question.email else "",
        "sort": "" if question.sort is TableSort.NEWEST else question.sort,
    }
    return urlencode({name: str(value) for name, value in values.items() if value})
