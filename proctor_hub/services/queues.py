"""Second-review queues: support's over all courses, the course team's per course (domain §5)."""

from __future__ import annotations

from proctor_hub.domain.words import ReviewOwner, Role
from proctor_hub.services import paging
from proctor_hub.services.authorize import roles_in
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import attempt_lists, courses
from proctor_hub.storage.records import AttemptRecord


def second_reviews(
    hub: Hub,
    actor: Actor,
    owner: ReviewOwner,
    *,
    course_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[AttemptRecord]:
    """Attempts that wait for ``owner``'s decision, oldest first.

    Support sees both queues of all courses (what it escalated has its fate there); the course
    team sees its own course's queue.

    :raises Forbidden: not the caller's queue. :raises NotFound: no such course for the caller.
    """
    size = paging.limit_of(hub, limit)
    after = paging.after_int(cursor)
    with hub.database.read() as conn:
        named = course_id is not None and storable(course_id)
        course = courses.by_course_id(conn, course_id or "") if named else None
        if course_id is not None and course is None:
            raise NotFound("course", course_id)
        course_pk = None if course is None else course.id
        roles = roles_in(conn, actor, course_pk)
        if Role.SUPPORT not in roles:
            if course is None:
                raise Forbidden("name a course: only support sees the queues of all courses")
            if Role.COURSE_TEAM not in roles:
                raise NotFound("course", course.course_id)
            if owner is not ReviewOwner.COURSE_TEAM:
                raise Forbidden("this queue is support's")
        found = attempt_lists.second_reviews(
            conn, owner, course_pk=course_pk, after=after, count=size + 1
        )
    return paging.page(found, size, lambda record: [record.id])
