"""Allowances of a course: who has which, granting them to one or many, taking them back (§7)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from fastapi import Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.told import noted
from proctor_hub.services import allowances, bulk_allowances
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.storage import exams
from proctor_hub.storage.exams import Exam
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.forms import TheForm, text, texts
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit, Visit

_NAME = re.compile(r"[^\s,;]+")

router = page_router()


@router.get("/courses/{course_id:id}/allowances/remove")
def confirm_removal(course_id: str, visit: TheVisit, exam_id: int, user_id: str) -> Response:
    """Says whose allowance would be taken back."""
    course = the_course(visit, Permission.GRANT_ALLOWANCES, course_id)
    found = allowances.list_allowances(
        visit.hub, visit.actor, course_id=course.course_id, exam_pk=exam_id, user_id=user_id
    ).items
    if not found:
        raise NotFound("allowance", user_id)
    return page(
        visit,
        "course/allowance_removal.html",
        course_id=course.course_id,
        course=course,
        path=course_path(course.course_id, "/allowances"),
        one=found[0],
        exam=_exams(visit, course.id).get(exam_id),
    )


@router.post("/courses/{course_id:id}/allowances/remove")
def remove(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Take an allowance back."""
    exam_id = text(form, "exam_id")
    if not exam_id.isdecimal():
        raise NotFound("exam", exam_id)
    allowances.remove_allowance(
        visit.hub, visit.actor, exam_pk=int(exam_id), user_id=text(form, "user_id")
    )
    return RedirectResponse(course_path(course_id, "/allowances?done=removed"), 303)


@router.get("/courses/{course_id:id}/allowances")
def allowances_page(
    course_id: str, visit: TheVisit, cursor: str | None = None, done: str = ""
) -> Response:
    """The allowances there are, and the form for more."""
    course = the_course(visit, Permission.GRANT_ALLOWANCES, course_id)
    path = course_path(course.course_id, "/allowances")
    found = allowances.list_allowances(
        visit.hub, visit.actor, course_id=course.course_id, cursor=cursor
    )
    return page(
        visit,
        "course/allowances.html",
        course_id=course.course_id,
        course=course,
        path=path,
        rows=found.items,
        exams=_exams(visit, course.id),
        turns=turns(path, cursor, found),
        done=done == "removed",
    )


@router.post("/courses/{course_id:id}/allowances")
def grant(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Grant to everybody named; what became of each name is the answer.

    Sent again, it grants the same again, so it needs no other page to lead to.
    """
    course = the_course(visit, Permission.GRANT_ALLOWANCES, course_id)
    outcomes = bulk_allowances.grant_each(
        visit.hub,
        visit.actor,
        course_id=course_id,
        names=_NAME.findall(text(form, "learners")),
        exam_pks=[int(one) for one in texts(form, "exam") if one.isdecimal()],
        allowance=_allowance(form),
    )
    return page(
        visit,
        "course/allowances_granted.html",
        course_id=course.course_id,
        course=course,
        path=course_path(course.course_id, "/allowances"),
        outcomes=outcomes,
        refused=sum(1 for one in outcomes if one.refused),
    )


def _exams(visit: Visit, course_pk: int) -> dict[int, Exam]:
    """The course's exams that are not retired; the caller has seen that they may be shown."""
    with visit.hub.database.read() as conn:
        return {exam.id: exam for exam in exams.current(conn, course_pk)}


def _allowance(form: FormData) -> Allowance:
    minutes, factor = text(form, "minutes"), text(form, "multiplier").replace(",", ".")
    problems = {}
    if minutes and not minutes.isdecimal():
        problems["minutes"] = noted("give whole minutes, such as 30")
    try:
        multiplier = Decimal(factor) if factor else None
    except InvalidOperation:
        multiplier = None
        problems["multiplier"] = noted("give a number over 1, such as 1.5")
    if problems:
        raise Invalid(noted("The allowance cannot be read; nothing was granted."), fields=problems)
    return Allowance(
        additional_minutes=int(minutes) if minutes else None,
        multiplier=multiplier,
        policy_exception=text(form, "policy_exception"),
    )
