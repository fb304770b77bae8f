"""Two vendors with different policies, a course with each, exams of all types, people of all roles.

:func:`furnish` fills a database once; the examples play on copies of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from proctor_hub.domain.words import ExamType, Role, Track
from proctor_hub.services import people
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.exams import ExamSettings, create_exam
from proctor_hub.services.hub import Actor, Hub, Limits
from proctor_hub.services.people import PersonSettings
from tests.journeys import vendor
from tests.support import LMS, OPERATOR, START, FakeClock, make_hub

VENDORS: dict[str, dict[str, Any]] = {
    # as Proctortrack: the course team's second review, a stop call
    "alpha": {"plugin": vendor.PLUGIN, "has_stop_call": True, "readiness_minutes": 30},
    # as RPNow: support's second review, no stop call
    "beta": {
        "plugin": vendor.PLUGIN,
        "second_review_owner": "support",
        "readiness_minutes": 45,
    },
}
READINESS = {"alpha": timedelta(minutes=30), "beta": timedelta(minutes=45)}
LEARNERS = ("ann", "bob", "cyd")
"""``cyd`` is on the audit track."""
TEAM = {"a": {"tea", "tom", "bea"}, "b": {"tea", "bea"}}
SUPPORT = {"sue", "bea"}
STAFF = ("tea", "tom", "sue", "bea", "ann")
"""Who tries to decide; ``ann`` may not."""
KEPT_PER_SOURCE = 3


@dataclass(frozen=True, slots=True)
class ExamSeat:
    """An exam, where a learner may sit it."""

    pk: int
    course: str
    exam_type: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What :func:`furnish` made; the same in every copy."""

    exams: tuple[ExamSeat, ...]
    people: dict[str, int]


def open_hub(url: str, clock: FakeClock) -> Hub:
    """A hub with both vendors on a database."""
    limits = Limits(quarantine_items_per_source=KEPT_PER_SOURCE)
    points = [vendor.entry_point()]
    return make_hub(url, vendors=VENDORS, clock=clock, plugins=points, limits=limits)


def furnish(url: str) -> Plan:
    """Fill an empty, migrated database."""
    hub = open_hub(url, FakeClock())
    try:
        persons = {name: _person(hub, name) for name in (*LEARNERS, "tea", "tom", "sue", "bea")}
        seats = [*_course(hub, "a", "alpha", cascades=True), *_course(hub, "b", "beta")]
        for name in SUPPORT:
            people.grant_staff(hub, OPERATOR, user_id=name, role=Role.SUPPORT)
    finally:
        hub.database.close()
    return Plan(exams=tuple(seats), people=persons)


def roles_of(name: str, course: str) -> set[str]:
    """The staff roles of a person in a course."""
    roles = {"course_team"} if name in TEAM[course] else set()
    return roles | {"support"} if name in SUPPORT else roles


def person(plan: Plan, name: str) -> Actor:
    """Somebody with a person token."""
    return Actor(role=Role.LEARNER, id=name, person_pk=plan.people[name])


def _person(hub: Hub, name: str) -> int:
    settings = PersonSettings(username=name, full_name=name.title(), email=f"{name}@Example.org")
    return people.put_person(hub, LMS, user_id=name, settings=settings).person.id


def _course(hub: Hub, course: str, slug: str, *, cascades: bool = False) -> list[ExamSeat]:
    settings = CourseSettings(
        proctoring_enabled=True, vendor=slug, allow_opt_out=True, decline_cascades=cascades
    )
    put_course(hub, LMS, course_id=course, settings=settings)
    for name in LEARNERS:
        track = Track.AUDIT if name == "cyd" else Track.VERIFIED
        people.put_enrolment(hub, LMS, course_id=course, user_id=name, track=track)
    for name in sorted(TEAM[course]):
        people.add_team_member(hub, LMS, course_id=course, user_id=name)
    types = (*ExamType, ExamType.PROCTORED)
    return [_exam(hub, course, exam_type, number) for number, exam_type in enumerate(types)]


def _exam(hub: Hub, course: str, exam_type: ExamType, number: int) -> ExamSeat:
    last = number == len(ExamType)
    settings = ExamSettings(
        content_id=f"exam-{number}",
        name=f"Exam {number}",
        exam_type=exam_type,
        time_limit_minutes=20 if last else 60,
        due_at=START + timedelta(days=2) if last else None,
    )
    made = create_exam(hub, LMS, course_id=course, settings=settings)
    return ExamSeat(pk=made.id, course=course, exam_type=exam_type.value)
