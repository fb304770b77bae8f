"""A course's change to another vendor: the dry run with each exam's effect, then exactly that."""

from __future__ import annotations

from starlette.responses import Response

from proctor_hub.services import migration
from proctor_hub.services.courses import get_course
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator.courses import PATH, place_of, show_course
from proctor_hub.web.pages.operator.room import back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()


@router.get(PATH + "/{course_id:id}/migration")
def plan(course_id: str, visit: TheVisit, vendor: str = "", cursor: str | None = None) -> Response:
    """What the change would do; it is asked of the new vendor, and changes nothing."""
    course = get_course(visit.hub, visit.actor, course_id=course_id)
    made = migration.plan(visit.hub, visit.actor, course_id=course_id, new_vendor=vendor)
    learners = migration.learners_to_onboard(
        visit.hub, visit.actor, course_id=course_id, new_vendor=vendor, cursor=cursor or None
    )
    place = place_of(course.course_id)
    return show(
        visit,
        "migration.html",
        course=course,
        plan=made,
        learners=learners,
        turns=turns(place + "/migration", cursor, learners, vendor=made.to_vendor),
        place=place,
    )


@router.post(PATH + "/{course_id:id}/migration")
def execute(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Does what the plan that was shown says; refused where it is another by now."""
    course = get_course(visit.hub, visit.actor, course_id=course_id)
    migration.execute(
        visit.hub,
        visit.actor,
        course_id=course.course_id,
        new_vendor=text(form, "vendor"),
        digest=text(form, "digest"),
    )
    return back(place_of(course.course_id), "migrated")


# Last: its path would match those above, too.
router.get(PATH + "/{course_id:id}")(show_course)
