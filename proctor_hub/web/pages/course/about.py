"""What every page about a course begins with: the course, where the visitor may see the page."""

from __future__ import annotations

from proctor_hub.services.authorize import Permission
from proctor_hub.services.lookup import course_for
from proctor_hub.storage.courses import Course
from proctor_hub.web.pages.visits import Visit


def the_course(visit: Visit, permission: Permission, course_id: str) -> Course:
    """The course, for a visitor who has the permission in it.

    :raises NotFound: none, or not theirs to see. :raises Forbidden: theirs to see, but not this.
    """
    with visit.hub.database.read() as conn:
        return course_for(conn, visit.actor, permission, course_id)
