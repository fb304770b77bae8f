"""Find what a request names, or say that it does not exist; first step of most use cases."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor
from proctor_hub.storage import courses, exams, people
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.people import Person


def course_for(
    conn: sa.Connection, actor: Actor, permission: Permission, course_id: str, *, lock: bool = False
) -> Course:
    """The course, where the actor has the permission in it.

    :raises NotFound: there is none, or it is not the actor's to see. :raises Forbidden: the actor
        may see it but not do this.
    """
    found = courses.by_course_id(conn, course_id, lock=lock) if storable(course_id) else None
    if found is None:
        raise NotFound("course", course_id)
    ensure(conn, actor, permission, found.id, hidden_as=("course", course_id))
    return found


def exam_for(
    conn: sa.Connection, actor: Actor, permission: Permission, exam_pk: int, *, lock: bool = False
) -> Exam:
    """The exam by its integer id, where the actor has the permission in its course.

    :raises NotFound: there is none, or it is not the actor's to see. :raises Forbidden: the actor
        may see it but not do this.
    """
    found = exams.by_id(conn, exam_pk, lock=lock)
    if found is None:
        raise NotFound("exam", str(exam_pk))
    ensure(conn, actor, permission, found.course_pk, hidden_as=("exam", str(exam_pk)))
    return found


def person_for(
    conn: sa.Connection, user_id: str, *, kind: str = "learner", lock: bool = False
) -> Person:
    """The person of this LMS user id. The caller has checked what the actor may see.

    :raises NotFound: the LMS has not told us of them, or they were retired.
    """
    found = people.by_user_id(conn, user_id, lock=lock) if storable(user_id) else None
    if found is None or found.retired_at is not None:
        raise NotFound(kind, user_id)
    return found
