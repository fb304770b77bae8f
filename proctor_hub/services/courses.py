"""Courses: settings, and the choice of the vendor (domain §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.exams import ensure_dates, ensure_escalation_email, ensure_vendor_change
from proctor_hub.domain.told import told
from proctor_hub.domain.words import Role
from proctor_hub.services.authorize import Permission, ensure, may
from proctor_hub.services.checks import ensure_fields, ensure_id
from proctor_hub.services.errors import Forbidden
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.services.paging import Page, after_int, limit_of, page
from proctor_hub.services.partial import UNSET, Unset, given
from proctor_hub.services.vendors import usable_vendor
from proctor_hub.storage import audit
from proctor_hub.storage import courses as store
from proctor_hub.storage import exams as exam_store
from proctor_hub.storage.audit import Action
from proctor_hub.storage.courses import Course

__all__ = ["Course", "CourseSettings", "PutCourse", "get_course", "list_courses", "put_course"]

_PRIVATE = frozenset({"escalation_email"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSettings:
    """What the LMS sets on a course; what is not given keeps its value, or its default when new.

    :param vendor: the account's slug; None: none chosen (default).
    :param escalation_email: required where the vendor demands it.
    """

    title: str | Unset = UNSET
    proctoring_enabled: bool | Unset = UNSET
    vendor: str | Unset | None = UNSET
    allow_opt_out: bool | Unset = UNSET
    escalation_email: str | Unset = UNSET
    starts_at: datetime | Unset | None = UNSET
    ends_at: datetime | Unset | None = UNSET
    declined_exam_timed: bool | Unset = UNSET
    decline_cascades: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCourse:
    """The course as it is now; ``created``: it is new."""

    course: Course
    created: bool


def put_course(hub: Hub, actor: Actor, *, course_id: str, settings: CourseSettings) -> PutCourse:
    """Create a course or change its settings.

    :raises NotFound: the vendor is not configured. :raises Conflict: it is, but it is broken.
    :raises VendorChangeRefused: the course has exams pinned to its vendor; a migration is needed.
    :raises InvalidExam: dates that cross, or no escalation e-mail where the vendor demands one.
    """
    changes = given(settings)
    ensure_id("course_id", course_id)
    ensure_fields(changes)

    def unit(conn: sa.Connection) -> PutCourse:
        ensure(conn, actor, Permission.SET_COURSE)
        now = hub.now()
        created = store.insert(conn, course_id, now)
        before = store.by_course_id(conn, course_id, lock=True)
        if before is None:
            raise LookupError(f"course {course_id} vanished; courses are never deleted")
        changed = {k: v for k, v in changes.items() if v != getattr(before, k)}
        _ensure_settings(hub, conn, before, changed)
        if not (created or changed):
            return PutCourse(course=before, created=False)
        store.update(conn, before, changed)
        action: Action = "course.created" if created else "course.changed"
        audit.record(conn, now, actor, action, before.id, course_id, _told(before, changed))
        after = store.by_id(conn, before.id)
        return PutCourse(course=after or before, created=created)

    return hub.database.write(unit)


def get_course(hub: Hub, actor: Actor, *, course_id: str) -> Course:
    """A course. :raises NotFound: there is none, or it is not the actor's to see."""
    with hub.database.read() as conn:
        return course_for(conn, actor, Permission.SEE_COURSE, course_id)


def list_courses(
    hub: Hub, actor: Actor, *, cursor: str | None = None, limit: int | None = None
) -> Page[Course]:
    """The courses the actor may see: all, or those whose team they are on; of these what they
    signed in for.

    :raises Forbidden: no role that sees courses.
    """
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        if actor.course_pk is not None:
            found = _the_one(conn, actor, actor.course_pk, after)
        elif may(conn, actor, Permission.SEE_COURSE):
            found = store.page(conn, after=after, count=count + 1)
        elif actor.person_pk is None:
            raise Forbidden(
                told("You may not %(permission)s here.", permission=told(Permission.SEE_COURSE))
            )
        elif actor.only is None or Role.COURSE_TEAM in actor.only:
            member = actor.person_pk
            found = store.page(conn, after=after, count=count + 1, team_member=member)
        else:
            found = []
    return page(found, count, lambda course: [course.id])


def _the_one(conn: sa.Connection, actor: Actor, course_pk: int, after: int) -> list[Course]:
    sees = course_pk > after and may(conn, actor, Permission.SEE_COURSE, course_pk)
    course = store.by_id(conn, course_pk) if sees else None
    return [] if course is None else [course]


def _ensure_settings(
    hub: Hub, conn: sa.Connection, before: Course, changes: Mapping[str, Any]
) -> None:
    vendor = changes.get("vendor", before.vendor)
    email = changes.get("escalation_email", before.escalation_email)
    ensure_dates(changes.get("starts_at", before.starts_at), changes.get("ends_at", before.ends_at))
    if vendor != before.vendor:
        ensure_vendor_change(
            before.vendor, vendor, (exam.exam_type for exam in exam_store.current(conn, before.id))
        )
    touched = vendor != before.vendor or email != before.escalation_email
    if vendor is not None and touched:
        # A broken vendor stands in the way of being chosen, not of changing other settings.
        description = usable_vendor(hub, vendor).description
        ensure_escalation_email(email, vendor=vendor, demanded=description.needs_escalation_email)


def _told(before: Course, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The audit's detail: from and to of each setting; of an e-mail only that it changed."""
    return {
        name: "changed" if name in _PRIVATE else [_plain(getattr(before, name)), _plain(value)]
        for name, value in changed.items()
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
