"""``/operator/courses``: each course's settings, and the choice of its vendor."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from proctor_hub.services import courses
from proctor_hub.services.courses import CourseSettings
from proctor_hub.services.errors import NotFound
from proctor_hub.services.partial import UNSET
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator.comparison import compared
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/courses"
TOLD = {
    "changed": noted("The settings are changed."),
    "migrated": noted("The course has its new vendor. Attempts under way finish with the old one."),
}


@router.get(PATH)
def list_courses(visit: TheVisit, course: str = "", cursor: str | None = None) -> Response:
    """All courses; on to the one whose exact id is asked for."""
    wanted, missing = course.strip(), False
    if wanted:
        try:
            found = courses.get_course(visit.hub, visit.actor, course_id=wanted)
        except NotFound:
            missing = True
        else:
            return RedirectResponse(place_of(found.course_id), 303)
    listed = courses.list_courses(visit.hub, visit.actor, cursor=cursor or None)
    return show(
        visit,
        "courses.html",
        found=listed,
        turns=turns(PATH, cursor, listed),
        wanted=wanted,
        missing=missing,
        place_of=place_of,
        path=PATH,
    )


@router.post(PATH + "/{course_id:id}/settings")
def change(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Changes the settings; the vendor only where the course has none yet."""
    before = courses.get_course(visit.hub, visit.actor, course_id=course_id)
    settings = CourseSettings(
        proctoring_enabled=_ticked(form, "proctoring_enabled"),
        vendor=UNSET if before.vendor is not None else text(form, "vendor") or None,
        allow_opt_out=_ticked(form, "allow_opt_out"),
        escalation_email=text(form, "escalation_email"),
        declined_exam_timed=_ticked(form, "declined_exam_timed"),
        decline_cascades=_ticked(form, "decline_cascades"),
    )
    courses.put_course(visit.hub, visit.actor, course_id=before.course_id, settings=settings)
    return back(place_of(before.course_id), "changed")


def show_course(course_id: str, visit: TheVisit) -> Response:
    """A course's settings, its vendor, and the vendors there are to choose from."""
    found = courses.get_course(visit.hub, visit.actor, course_id=course_id)
    slugs, lines = compared(visit)
    return show(
        visit,
        "course.html",
        told=TOLD,
        course=found,
        slugs=slugs,
        lines=lines,
        broken=found.vendor is not None and found.vendor not in slugs,
        place=place_of(found.course_id),
        path=PATH,
    )


def place_of(course_id: str) -> str:
    """The path of a course's page for operators."""
    return f"{PATH}/{part(course_id)}"


def _ticked(form: TheForm, name: str) -> bool:
    return bool(text(form, name))
