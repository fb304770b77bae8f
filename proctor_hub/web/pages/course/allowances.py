"""Allowances of a course: who has which, granting them to one or many, taking them back (§7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.told import noted
from proctor_hub.services import allowances, bulk_allowances
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.storage import exams
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.course.exam_choice import exam_choice
from proctor_hub.web.pages.forms import TheForm, text, texts, whole_number
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit, Visit

_NAME = re.compile(r"[^\s,;]+")
_WRITTEN = ("learners", "minutes", "multiplier", "policy_exception")

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
        exam=_names(visit, [exam_id]).get(exam_id),
    )


@router.post("/courses/{course_id:id}/allowances/remove")
def remove(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Take an allowance back."""
    exam_pk = whole_number(text(form, "exam_id"))
    if exam_pk is None:
        raise NotFound("exam", text(form, "exam_id"))
    allowances.remove_allowance(
        visit.hub, visit.actor, exam_pk=exam_pk, user_id=text(form, "user_id")
    )
    return RedirectResponse(course_path(course_id, "/allowances?done=removed"), 303)


@router.get("/courses/{course_id:id}/allowances")
def allowances_page(
    course_id: str, visit: TheVisit, cursor: str | None = None, done: str = ""
) -> Response:
    """The allowances there are, and the form for more."""
    course = the_course(visit, Permission.GRANT_ALLOWANCES, course_id)
    return _page(visit, course, cursor=cursor, done=done == "removed")


@router.post("/courses/{course_id:id}/allowances/exams")
def choose(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Other exams to choose from; what was written and chosen stays."""
    course = the_course(visit, Permission.GRANT_ALLOWANCES, course_id)
    if not visit.partial:
        return _page(visit, course, form=form)
    values = _choices(visit, course, form)
    return page(visit, "course/exam_choice.html", course_id=course.course_id, **values)


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
        exam_pks=_chosen(form),
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


def _page(
    visit: Visit,
    course: Course,
    *,
    cursor: str | None = None,
    done: bool = False,
    form: FormData | None = None,
) -> Response:
    """The page; with what was written into its form."""
    found = allowances.list_allowances(
        visit.hub, visit.actor, course_id=course.course_id, cursor=cursor
    )
    written = {name: "" if form is None else text(form, name) for name in _WRITTEN}
    path = course_path(course.course_id, "/allowances")
    return page(
        visit,
        "course/allowances.html",
        course_id=course.course_id,
        course=course,
        rows=found.items,
        exams=_names(visit, [row.exam_pk for row in found.items]),
        turns=turns(path, cursor, found),
        done=done,
        written=written,
        **_choices(visit, course, form),
    )


def _choices(visit: Visit, course: Course, form: FormData | None) -> dict[str, Any]:
    """The exams chosen so far, and those to choose from."""
    form = form or FormData()
    chosen = _names(visit, _chosen(form))
    return {
        "path": course_path(course.course_id, "/allowances"),
        "chosen": [one for one in chosen.values() if one.course_pk == course.id],
        "choice": exam_choice(visit, course, text(form, "exam_name"), text(form, "exam_after")),
    }


def _chosen(form: FormData) -> list[int]:
    given = [whole_number(one) for one in texts(form, "exam")]
    # A number that is none names no exam either.
    return [0 if one is None else one for one in given]


def _names(visit: Visit, exam_pks: Sequence[int]) -> dict[int, Exam]:
    """Exams by key, those that are not retired; the caller has seen that they may be shown."""
    with visit.hub.database.read() as conn:
        found = exams.of_keys(conn, exam_pks)
    return {pk: exam for pk, exam in found.items() if exam.retired_at is None}


def _allowance(form: FormData) -> Allowance:
    minutes, factor = text(form, "minutes"), text(form, "multiplier").replace(",", ".")
    problems = {}
    more = whole_number(minutes)
    if minutes and more is None:
        problems["minutes"] = noted("give whole minutes, such as 30")
    try:
        multiplier = Decimal(factor) if factor else None
    except InvalidOperation:
        multiplier = Decimal("NaN")
    if multiplier is not None and not multiplier.is_finite():
        problems["multiplier"] = noted("give a number over 1, such as 1.5")
    if problems:
        raise Invalid(noted("The allowance cannot be read; nothing was granted."), fields=problems)
    return Allowance(
        additional_minutes=more,
        multiplier=multiplier,
        policy_exception=text(form, "policy_exception"),
    )
