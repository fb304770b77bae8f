"""The onboarding panel: how far a course's verified learners are with its vendor (domain §6)."""

from __future__ import annotations

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.domain.words import OnboardingStatus
from proctor_hub.errors import VendorBroken, VendorNotConfigured
from proctor_hub.services import onboarding
from proctor_hub.services.authorize import Permission
from proctor_hub.services.hub import Hub
from proctor_hub.storage.courses import Course
from proctor_hub.storage.onboarding import PanelFilter
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.subjects import Capability
from proctor_hub.web.pages.course.about import the_course
from proctor_hub.web.pages.forms import TheForm
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.sealed import Sealed, on_to
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/courses/{course_id:id}/onboarding")
def panel(
    course_id: str,
    visit: TheVisit,
    whom: Sealed,
    status: str = "",
    cursor: str | None = None,
    done: str = "",
) -> Response:
    """The panel, filtered; a polite sentence where the vendor has no onboarding."""
    course = the_course(visit, Permission.SEE_ONBOARDING, course_id)
    path = course_path(course.course_id, "/onboarding")
    vendor = _vendor(visit.hub, course)
    if vendor is None or not vendor.can(Capability.ONBOARDING):
        name = "" if vendor is None else vendor.description.name
        return page(
            visit,
            "course/no_onboarding.html",
            course_id=course.course_id,
            course=course,
            vendor=name,
        )
    wanted = OnboardingStatus(status) if status in list(OnboardingStatus) else None
    only = PanelFilter(
        username=whom.get("username", ""), email=whom.get("email", ""), status=wanted
    )
    found = onboarding.panel(
        visit.hub, visit.actor, course_id=course.course_id, only=only, cursor=cursor
    )
    return page(
        visit,
        "course/onboarding.html",
        course_id=course.course_id,
        course=course,
        vendor=vendor.description.name,
        path=path,
        rows=found.items,
        only=only,
        filtered=bool(only.username or only.email or wanted),
        turns=turns(
            path,
            cursor,
            found,
            status=wanted,
            f=visit.request.query_params.get("f"),
        ),
        done=done == "asked",
    )


@router.post("/courses/{course_id:id}/onboarding/find")
def find(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """On to the panel that the form asks for."""
    course = the_course(visit, Permission.SEE_ONBOARDING, course_id)
    path = course_path(course.course_id, "/onboarding")
    return on_to(visit, path, form, names=("username", "email"), others=("status",))


@router.post("/courses/{course_id:id}/onboarding")
def ask(course_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Ask the vendor how far everybody is."""
    onboarding.refresh(visit.hub, visit.actor, course_id=course_id)
    return RedirectResponse(course_path(course_id, "/onboarding?done=asked"), 303)


def _vendor(hub: Hub, course: Course) -> Vendor | None:
    """The course's vendor; None where it has none that works."""
    if course.vendor is None:
        return None
    try:
        return hub.vendors.get(course.vendor)
    except (VendorNotConfigured, VendorBroken):
        return None
