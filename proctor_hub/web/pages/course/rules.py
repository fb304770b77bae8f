"""The rules of a course's exams: the vendor's configuration dashboard, or forms of the hub (§6)."""

from __future__ import annotations

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.domain.told import noted, sentence_of
from proctor_hub.services import dashboards, exams
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Conflict, NotFound, ServiceError
from proctor_hub.services.exams import ExamSettings
from proctor_hub.services.vendors import rules_catalogue, usable_vendor
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.vendors.rendering import DashboardScope
from proctor_hub.vendors.subjects import RulesKind
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.forms import TheForm, text, texts, whole_number
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.vendor_pages import Shown, address_of, shown
from proctor_hub.web.pages.visits import TheVisit, Visit

router = page_router()


@router.get("/courses/{course_id:id}/rules/open")
def open_it(course_id: str, visit: TheVisit) -> Response:
    """On to the vendor's configuration dashboard in this tab."""
    course = the_course(visit, Permission.SET_EXAM_RULES, course_id)
    address = address_of(
        dashboards.dashboard(
            visit.hub,
            visit.actor,
            DashboardScope.CONFIGURATION,
            course_id=course.course_id,
            language=visit.speech.tag,
        )
    )
    if address is None:
        raise NotFound("dashboard", course.vendor or "")
    return RedirectResponse(address, 303, {"Referrer-Policy": "no-referrer"})


@router.get("/courses/{course_id:id}/rules")
def rules(course_id: str, visit: TheVisit, cursor: str | None = None, done: str = "") -> Response:
    """Each exam with its rules, as its vendor knows rules."""
    course = the_course(visit, Permission.SET_EXAM_RULES, course_id)
    path = course_path(course.course_id, "/rules")
    kind = _kind(visit, course)
    found = exams.list_exams(visit.hub, visit.actor, course_id=course.course_id, cursor=cursor)
    vendors, problem = _vendors_page(visit, course)
    return page(
        visit,
        "course/rules.html",
        course_id=course.course_id,
        frames=vendors.origins,
        course=course,
        path=path,
        kind=kind,
        exams=[exam for exam in found.items if exam.vendor is not None],
        labels=_labels(visit, course) if kind is RulesKind.BINARY else {},
        vendors=vendors,
        problem=problem,
        turns=turns(path, cursor, found),
        done=done,
    )


@router.post("/courses/{course_id:id}/rules")
def save(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Save the rules of one exam."""
    course = the_course(visit, Permission.SET_EXAM_RULES, course_id)
    exam_pk = whole_number(text(form, "exam_id"))
    if exam_pk is None:
        raise NotFound("exam", text(form, "exam_id"))
    exam = exams.get_exam(visit.hub, visit.actor, exam_pk=exam_pk)
    if exam.course_pk != course.id:
        raise NotFound("exam", str(exam_pk))
    exams.update_exam(
        visit.hub, visit.actor, exam_pk=exam.id, settings=_settings(visit, course, exam, form)
    )
    return RedirectResponse(course_path(course.course_id, f"/rules?done={exam.id}"), 303)


def _settings(visit: Visit, course: Course, exam: Exam, form: TheForm) -> ExamSettings:
    kind = _kind(visit, course)
    if kind is RulesKind.FREE_TEXT:
        return ExamSettings(custom_rules=text(form, "custom_rules"))
    if kind is not RulesKind.BINARY:
        raise Conflict(noted("This course's vendor has no rules to set."), code="no_rules")
    on = set(texts(form, "rule"))
    # What the form did not show is kept as it was: the vendor may have rules that it lists no more.
    offered = {*texts(form, "offered"), *on}
    return ExamSettings(rules={**exam.rules, **{key: key in on for key in offered}})


def _kind(visit: Visit, course: Course) -> RulesKind:
    if course.vendor is None:
        return RulesKind.NONE
    try:
        return usable_vendor(visit.hub, course.vendor).description.rules_kind
    except ServiceError:
        return RulesKind.NONE


def _labels(visit: Visit, course: Course) -> dict[str, str] | None:
    """The vendor's rules by key; None: not known just now."""
    found = rules_catalogue(visit.hub, course.vendor or "", visit.speech.tag)
    return None if found is None else dict(found)


def _vendors_page(visit: Visit, course: Course) -> tuple[Shown, str]:
    """The vendor's configuration dashboard, or why it cannot be shown."""
    if course.vendor is None:
        return Shown(), ""
    try:
        found = dashboards.dashboard(
            visit.hub,
            visit.actor,
            DashboardScope.CONFIGURATION,
            course_id=course.course_id,
            language=visit.speech.tag,
        )
        return shown(found), ""
    except ServiceError as error:
        return Shown(), sentence_of(error)
