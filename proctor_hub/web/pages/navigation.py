"""Where a person can go from a page: what their roles allow, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from proctor_hub.domain.words import Role
from proctor_hub.services.authorize import Permission, permissions_in
from proctor_hub.storage import courses
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A link of the navigation; ``current``: the visitor is there."""

    label: str
    href: str
    current: bool = False


P = Permission

OPERATIONS = "/operator"
_EVERYWHERE = (
    ({Role.LEARNER}, noted("My exams"), "/learn"),
    ({Role.COURSE_TEAM, Role.SUPPORT, Role.OPERATOR}, noted("Courses"), "/courses"),
    ({Role.SUPPORT}, noted("Second reviews"), "/support"),
    ({Role.OPERATOR}, noted("Operations"), OPERATIONS),
)
_IN_COURSE = (
    (P.SEE_ATTEMPTS, noted("Course"), ""),
    (P.SEE_ATTEMPTS, noted("Attempts"), "/attempts"),
    (P.SEE_REVIEWS, noted("Second reviews"), "/second-reviews"),
    (P.SEE_REVIEWS, noted("Review dashboard"), "/review-dashboard"),
    (P.SEE_ONBOARDING, noted("Onboarding"), "/onboarding"),
    (P.SET_EXAM_RULES, noted("Exam rules"), "/rules"),
    (P.GRANT_ALLOWANCES, noted("Allowances"), "/allowances"),
    (P.SEE_REPORTS, noted("Reports"), "/reports"),
    (P.SEE_AS_LEARNER, noted("View as learner"), "/as"),
)
_IN_SUPPORT = (
    (noted("Waiting"), "/support"),
    (noted("Escalated"), "/support/escalated"),
)
_IN_OPERATIONS = (
    (noted("Overview"), "/operator"),
    (noted("Courses and vendors"), "/operator/courses"),
    (noted("Vendors"), "/operator/vendors"),
    (noted("Callbacks"), "/operator/callbacks"),
    (noted("Deliveries"), "/operator/deliveries"),
    (noted("Jobs"), "/operator/jobs"),
    (noted("People"), "/operator/people"),
    (noted("Clients"), "/operator/clients"),
    (noted("Audit log"), "/operator/audit"),
    (noted("Retirement"), "/operator/retirements"),
    (noted("Settings"), "/operator/settings"),
)


def course_path(course_id: str, rest: str = "") -> str:
    """The path of a course's page."""
    return f"/courses/{part(course_id)}{rest}"


def everywhere(look: Look) -> tuple[Place, ...]:
    """The rooms that are open to the visitor; operations are not to who signed in for a course."""
    if look.sign_in is None:
        return ()
    path = look.path
    bound = look.sign_in.actor.course_pk is not None
    return tuple(
        Place(label=label, href=href, current=_within(path, href))
        for roles, label, href in _EVERYWHERE
        if roles & look.standing and not (bound and href == OPERATIONS)
    )


def navigation(look: Look, course_id: str | None) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """The places everywhere, and those of the course or room the visitor is in."""
    if look.sign_in is None:
        return (), ()
    path = look.path
    if course_id is not None and _within(path, "/attempts"):
        # An attempt's page is found by its code; it belongs to its course's.
        path = course_path(course_id, "/attempts")
    rooms = everywhere(look)
    if any(room.current and room.href == OPERATIONS for room in rooms):
        inner = [(label, href) for label, href in _IN_OPERATIONS]
    elif Role.SUPPORT in look.standing and _within(path, "/support"):
        inner = [(label, href) for label, href in _IN_SUPPORT]
    elif course_id is not None and not path.startswith("/learn"):
        allowed = _permissions(look, course_id)
        inner = [
            (label, course_path(course_id, rest))
            for permission, label, rest in _IN_COURSE
            if permission in allowed
        ]
    else:
        inner = []
    here = max((href for _, href in inner if _within(path, href)), key=len, default="")
    places = tuple(Place(label=label, href=href, current=href == here) for label, href in inner)
    return rooms, places


def _within(path: str, href: str) -> bool:
    return path == href or path.startswith(href + "/")


def _permissions(look: Look, course_id: str) -> frozenset[Permission]:
    if look.sign_in is None:
        return frozenset()
    with look.hub.database.read() as conn:
        course = courses.by_course_id(conn, course_id)
        if course is None:
            return frozenset()
        return permissions_in(conn, look.sign_in.actor, course.id)
