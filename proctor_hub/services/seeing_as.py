"""Seeing a course as one of its learners does: for the course team, read-only, on record (§2)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.services import paging
from proctor_hub.services.authorize import Permission
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Conflict, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for, person_for
from proctor_hub.storage import audit, own_exams, people
from proctor_hub.storage.courses import Course
from proctor_hub.storage.own_exams import OwnExamRow
from proctor_hub.storage.people import Person

_MOST_OF_A_NAME = 100


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


def user_id_of(hub: Hub, actor: Actor, *, course_id: str, name: str) -> str:
    """The user id of the course's learner with this user id, username or e-mail address.

    :raises Conflict: several have it (``several_learners``). :raises NotFound: none has, or the
        course is not the actor's to see. :raises Forbidden: domain §2.
    """
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_AS_LEARNER, course_id)
        known = people.of_name(conn, name, count=_MOST_OF_A_NAME) if storable(name) else []
        here = [one for one in known if people.track_of(conn, course.id, one.id) is not None]
    if not here:
        raise NotFound("learner", name)
    if len(here) > 1:
        raise Conflict(
            noted("Several learners of this course have this name or address; use the user id."),
            code="several_learners",
        )
    return here[0].user_id


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
