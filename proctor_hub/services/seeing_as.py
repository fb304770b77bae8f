"""Seeing a course as one of its learners does: for the course team, read-only, on record (§2)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.services import paging
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for, person_for
from proctor_hub.storage import audit, own_exams, people
from proctor_hub.storage.courses import Course
from proctor_hub.storage.own_exams import OwnExamRow
from proctor_hub.storage.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLearner:
    """A learner of a course who is looked at, and the course."""

    course: Course
    person: Person


def look_as(hub: Hub, actor: Actor, *, course_id: str, user_id: str) -> SeenLearner:
    """The learner, for somebody who may see what they see; that they looked is put on record.

    :raises NotFound: course or learner, or not the actor's to see. :raises Forbidden: domain §2.
    """

    def unit(conn: sa.Connection) -> SeenLearner:
        course = course_for(conn, actor, Permission.SEE_AS_LEARNER, course_id)
        person = person_for(conn, user_id)
        if people.track_of(conn, course.id, person.id) is None:
            raise NotFound("learner", user_id)
        audit.record(conn, hub.now(), actor, "learner.seen_as", course.id, person.user_id)
        return SeenLearner(course=course, person=person)

    return hub.database.write(unit)


def exams_of(
    hub: Hub, seen: SeenLearner, *, cursor: str | None = None, limit: int | None = None
) -> paging.Page[OwnExamRow]:
    """The learner's exams in this course and no other."""
    count = paging.limit_of(hub, limit)
    after = (0, 0) if cursor is None else paging.decode(cursor, int, int)
    with hub.database.read() as conn:
        found = own_exams.page(
            conn,
            seen.person.id,
            course_pk=seen.course.id,
            after=(int(after[0]), int(after[1])),
            count=count + 1,
        )
    return paging.page(found, count, lambda row: [row.course_pk, row.exam_pk])
