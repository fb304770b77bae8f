"""What a course's team should look after in time: onboarding, and what was not delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from proctor_hub.domain.onboarding import APPROVED
from proctor_hub.domain.words import ExamType, OnboardingStatus
from proctor_hub.errors import PluginError
from proctor_hub.services.authorize import Permission
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.storage import deliveries, exams
from proctor_hub.storage import onboarding as store
from proctor_hub.storage.courses import Course
from proctor_hub.vendors.subjects import Capability

MOST_LEARNERS = 5_000
"""Enrolments looked at for the counts of onboarding."""

MOST_PARKED = 1_000
"""Parked deliveries looked at for each destination, of all courses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingGaps:
    """Verified learners who could not take the proctored exams to come, by how far they are.

    :param missing: only what somebody has. :param over: the course has more learners than were
        looked at. :param next_due_at: the first due date to come, where an exam has one.
    """

    missing: Mapping[OnboardingStatus, int]
    over: bool
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """An attempt of which something could not be delivered and waits for an operator."""

    attempt_code: str
    username: str
    exam_name: str


def onboarding_gaps(hub: Hub, actor: Actor, course_id: str) -> OnboardingGaps | None:
    """Who lacks a valid onboarding; None where it is not needed: the vendor has no onboarding, or
    no proctored exam is to come.

    :raises NotFound: no such course, or not the caller's to see. :raises Forbidden: domain §2.
    """
    now = hub.now()
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_ONBOARDING, course_id)
        if course.vendor is None or not _has_onboarding(hub, course.vendor):
            return None
        to_come, due_at = _to_come(conn, course, now)
        if not to_come:
            return None
        standing, looked_at = store.standing(
            conn, course.id, course.vendor, now, most=MOST_LEARNERS + 1
        )
    missing = {status: number for status, number in standing.items() if status not in APPROVED}
    return OnboardingGaps(missing=missing, over=looked_at > MOST_LEARNERS, next_due_at=due_at)


def undelivered(hub: Hub, actor: Actor, course_id: str) -> list[Undelivered]:
    """Attempts of the course with something parked, found among the oldest parked rows of the hub.

    :raises NotFound: no such course, or not the caller's to see. :raises Forbidden: domain §2.
    """
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_REVIEWS, course_id)
        found = deliveries.parked_in_course(conn, course.id, most=MOST_PARKED)
    return [
        Undelivered(attempt_code=code, username=username, exam_name=exam_name)
        for code, (username, exam_name) in found.items()
    ]


def _has_onboarding(hub: Hub, slug: str) -> bool:
    try:
        return hub.vendors.get(slug).can(Capability.ONBOARDING)
    except PluginError:
        # Its health is shown to operators; here nothing is known of it.
        return False


def _to_come(conn: sa.Connection, course: Course, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a proctored exam can still be begun, and the first due date of those."""
    if course.ends_at is not None and course.ends_at <= now:
        return False, None
    due = [
        exam.due_at
        for exam in exams.current(conn, course.id)
        if exam.exam_type is ExamType.PROCTORED
        and exam.is_active
        and exam.vendor == course.vendor
        and (exam.due_at is None or exam.due_at > now)
    ]
    return bool(due), min((one for one in due if one is not None), default=None)
