"""What the LMS tells the hub before anybody takes an exam: courses, exams, people, allowances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proctor_hub.demo.client import HubClient, path_of
from proctor_hub.demo.data import Course, Learner, Plan, Staff
from proctor_hub.demo.errors import DemoError

ExamIds = Mapping[tuple[str, str], int]
"""Course and content id → the hub's id of the exam."""


def enrol(hub: HubClient, plan: Plan) -> ExamIds:
    """Send the whole plan to the hub; the ids it gave the exams.

    :raises DemoError: a repeated create made a second exam.
    :raises HubRefused: the hub does not take something.
    """
    exams: dict[tuple[str, str], int] = {}
    for course in plan.courses:
        hub.call("PUT", path_of("courses", course.course_id), dict(course.settings))
        for exam in course.exams:
            exams[course.course_id, exam["content_id"]] = _create(hub, course, exam)
    for person in plan.everybody:
        _introduce(hub, person)
    for one in plan.allowances:
        _allow(hub, plan, exams, one)
    return exams


def _create(hub: HubClient, course: Course, exam: Mapping[str, Any]) -> int:
    """Twice with one idempotency key, as after a lost answer: there must be one exam."""
    path = path_of("courses", course.course_id, "exams")
    headers = {"Idempotency-Key": f"{course.course_id}/{exam['content_id']}"}
    first, again = (hub.call("POST", path, dict(exam), headers=headers) for _ in range(2))
    if first != again:
        raise DemoError("the same create, repeated with its key, was answered differently")
    return int(first["id"])


def _introduce(hub: HubClient, person: Learner | Staff) -> None:
    known = {
        "username": person.username,
        "full_name": person.full_name,
        "email": person.email,
        "language": person.language if isinstance(person, Learner) else "",
    }
    hub.call("PUT", path_of("people", person.user_id), known)
    if isinstance(person, Learner):
        path = path_of("courses", person.course_id, "enrolments", person.user_id)
        hub.call("PUT", path, {"track": person.track})
    elif person.course_id:
        hub.call("PUT", path_of("courses", person.course_id, "team", person.user_id))


def _allow(hub: HubClient, plan: Plan, exams: ExamIds, one: Mapping[str, Any]) -> None:
    course_id = one["course_id"]
    grant = {k: v for k, v in one.items() if k not in ("course_id", "users", "exams")}
    grant["user_ids"] = [plan.people[username].user_id for username in one["users"]]
    grant["exam_ids"] = [exams[course_id, content_id] for content_id in one["exams"]]
    done = hub.call("POST", path_of("courses", course_id, "allowances"), grant)
    if done["granted"] != len(grant["user_ids"]) * len(grant["exam_ids"]):
        raise DemoError(f"{done['granted']} allowances were granted, not all of them")
