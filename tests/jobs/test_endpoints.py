"""From a move of an attempt to several endpoints, through outbox and relay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import responses
import structlog

from proctor_hub.domain.words import ExamType, Track
from proctor_hub.errors import DeliveryError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.jobs.endpoints import event_of, ways
from proctor_hub.jobs.relay import Relay
from proctor_hub.services import courses, exams, people
from proctor_hub.services.attempts.create import create_attempt
from proctor_hub.services.attempts.learner import LearnerAction, act
from proctor_hub.services.courses import CourseSettings
from proctor_hub.services.exams import ExamSettings
from proctor_hub.services.hub import Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.transports.endpoint import EndpointConfig
from proctor_hub.transports.routing import Route, Routing
from tests.jobs.support import stored
from tests.support import LMS, START, a_hub
from tests.transports.samples import Bus
from tests.transports.support import endpoint, loaded, sample

URL = "https://lms.example/events"
DEMO, OTHER = "course-v1:Demo+Chem+1", "course-v1:Other+Law+1"
ALL = ["created", "started", "completed", "submitted"]


def row(**more: object) -> OutboxRow:
    payload = {"occurred_at": START.isoformat(), "user_id": "ada@example.org"}
    one = OutboxRow(
        id=1, event_id="e-1", stream="1:2", seq=7, kind="started", attempt_pk=3, tries=0,
        payload=payload,
    )  # fmt: skip
    return replace(one, **more)  # type: ignore[arg-type]


def routed(hub: Hub, *configs: EndpointConfig) -> Hub:
    routes = [Route(destination=one.destination, courses=one.courses) for one in configs]
    return replace(hub, endpoints=Routing(routes))


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    Bus.taken = {}
    Bus.failing = staticmethod(lambda event: None)
    with a_hub(database_url) as hub:
        yield hub
    Bus.failing = staticmethod(lambda event: None)


def takes_quiz(hub: Hub, course_id: str, user_id: str) -> None:
    courses.put_course(hub, LMS, course_id=course_id, settings=CourseSettings(title=course_id))
    people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings(username=user_id))
    people.put_enrolment(hub, LMS, course_id=course_id, user_id=user_id, track=Track.VERIFIED)
    settings = ExamSettings(
        content_id="quiz", name="Quiz", exam_type=ExamType.TIMED, time_limit_minutes=30
    )
    exam = exams.create_exam(hub, LMS, course_id=course_id, settings=settings)
    code = create_attempt(hub, LMS, exam_pk=exam.id, user_id=user_id).record.code
    act(hub, LMS, code, LearnerAction.START)
    act(hub, LMS, code, LearnerAction.SUBMIT)


@responses.activate
def test_a_courses_events_reach_every_endpoint_that_matches_in_order(hub: Hub) -> None:
    responses.post(URL)
    default = endpoint("", "webhook", events_url=URL)
    configs = [default, endpoint("bus", "bus", ("course-v1:Demo+*",), topic="demo")]
    hub = routed(hub, *configs)
    with structlog.contextvars.bound_contextvars(request_id="req-of-ada"):
        takes_quiz(hub, DEMO, "ada")
    takes_quiz(hub, OTHER, "ben")
    relay = Relay(hub, ways(loaded(*configs)))
    assert relay.run_once() == 3 * len(ALL)
    bus = Bus.taken["demo"]
    assert [event.type for event in bus] == ALL
    assert {event.payload["course_id"] for event in bus} == {DEMO}
    assert [event.sequence for event in bus] == sorted(event.sequence for event in bus)
    posted = [json.loads(call.request.body or b"") for call in responses.calls]
    for course_id in (DEMO, OTHER):
        of_course = [one for one in posted if one["course_id"] == course_id]
        assert [one["type"] for one in of_course] == ALL
    assert len({one["id"] for one in posted} | {event.id for event in bus}) == 3 * len(ALL)
    assert all(json.loads(event.body) == event.payload for event in bus)
    # The id of the causing call goes along, whatever the transport.
    assert {event.request_id for event in bus} == {"req-of-ada"}
    for call, one in zip(responses.calls, posted, strict=True):
        expected = "req-of-ada" if one["course_id"] == DEMO else None
        assert call.request.headers.get("X-Request-ID") == expected


def test_a_broken_or_failing_endpoint_keeps_no_other_from_its_events(hub: Hub) -> None:
    configs = [
        endpoint("broken", "bad"),
        endpoint("slow", "late", topic="later", password="hunter2-secret"),
        endpoint("fine"),
    ]
    hub = routed(hub, *configs)
    points = [sample("bus", "Bus"), sample("bad", "Unmarked"), sample("late", "Failing")]
    takes_quiz(hub, DEMO, "ada")
    endpoints = loaded(*configs, points=points)
    assert Relay(hub, ways(endpoints)).run_once() == len(ALL)
    assert [event.type for event in Bus.taken["fine"]] == ALL
    waiting = {one.destination: one.last_error for one in stored(hub) if one.last_error}
    assert set(waiting) == {"lms:broken", "lms:slow"}
    assert "deliver_event bears a hook's name" in waiting["lms:broken"]
    assert waiting["lms:slow"] == "busy, says ***"
    assert sum(one.delivered_at is None for one in stored(hub)) == 2 * len(ALL)


def test_a_mended_endpoint_gets_all_that_waited_once_and_in_order(hub: Hub) -> None:
    config = endpoint("bus")
    hub = routed(hub, config)
    takes_quiz(hub, DEMO, "ada")
    seen: list[str] = []

    def first_time(event: object) -> Exception | None:
        seen.append(str(getattr(event, "id", "")))
        return DeliveryError("down") if len(seen) == 1 else None

    Bus.failing = staticmethod(first_time)
    relay = Relay(hub, ways(loaded(config)))
    assert relay.run_once() == 0
    hub.now.move(hours=1)  # type: ignore[attr-defined]
    assert relay.run_once() == len(ALL)
    assert [event.type for event in Bus.taken["bus"]] == ALL
    assert seen[0] == seen[1], "the same id at every delivery"


def test_without_any_endpoint_events_wait_for_the_lms(hub: Hub) -> None:
    hub = routed(hub)
    takes_quiz(hub, DEMO, "ada")
    assert Relay(hub, ways(loaded())).run_once() == 0
    assert {one.destination for one in stored(hub)} == {"lms"}


@pytest.mark.parametrize(
    ("topic", "hopeless", "unavailable", "retry_after"),
    [
        ("later", False, True, 9),
        ("not now", False, False, None),
        ("never", True, False, None),
        ("http", False, True, None),
        ("defect", True, False, None),
        ("exit", True, False, None),
        ("answers", True, False, None),
    ],
)
def test_what_a_transport_raises_decides_when_it_is_tried_again(
    topic: str, hopeless: bool, unavailable: bool, retry_after: float | None
) -> None:
    config = endpoint("x", "failing", topic=topic, password="hunter2-secret")
    way = ways(loaded(config, points=[sample("failing", "Failing")]))["lms:x"]
    with pytest.raises(DeliveryFailed) as failed:
        way(row())
    error = failed.value
    assert (error.hopeless, error.unavailable, error.retry_after) == (
        hopeless,
        unavailable,
        retry_after,
    )
    assert "hunter2" not in str(error) and "ada@" not in str(error)


def test_a_row_becomes_a_value_of_the_contract() -> None:
    event = event_of(row())
    assert (event.id, event.sequence, event.stream, event.type) == ("e-1", 7, "1:2", "started")
    assert event.occurred_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert json.loads(event.body) == event.payload
    with pytest.raises(TypeError):
        event.payload["user_id"] = "eve"  # type: ignore[index]
