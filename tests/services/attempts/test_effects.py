"""What the LMS is told with each event: who, what, and the effects to apply (§9)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import reading
from proctor_hub.services.decisions import DecisionWord, decide
from tests.services.attempts.world import COURSE, World, a_world
from tests.support import LMS, START

S = AttemptStatus
T = ExamType
CLOSE = "close_exam_submit_answers"


def told(world: World, exam_type: ExamType, status: AttemptStatus) -> list[tuple[str, Any, Any]]:
    record = world.attempt(status, exam_type)
    payloads = [row.payload for row in world.events(record)]
    return [(one["type"], one["effects"], one["credit"]) for one in payloads]


START_OF_ALL = [("created", [], None), ("ready", [], None), ("started", [], None)]
EFFECTS = [
    (T.PROCTORED, S.SUBMITTED, [("completed", [CLOSE], None), ("submitted", [], "submitted")]),
    (T.PROCTORED, S.TIMED_OUT, [("timed_out", [CLOSE], None)]),
    (T.PROCTORED, S.ERROR, [("errored", [CLOSE], "failed")]),
    (T.PRACTICE, S.SUBMITTED, [("completed", [CLOSE], None), ("submitted", [], None)]),
    (T.PRACTICE, S.ERROR, [("errored", [CLOSE], None)]),
    (
        T.ONBOARDING,
        S.REJECTED,
        [("completed", [CLOSE], None), ("submitted", [], None), ("rejected", [], None)],
    ),
]


@pytest.mark.parametrize(("exam_type", "status", "expected"), EFFECTS)
def test_effects_of_the_end(
    stopping: World,
    exam_type: ExamType,
    status: AttemptStatus,
    expected: list[tuple[str, Any, Any]],
) -> None:
    assert told(stopping, exam_type, status) == START_OF_ALL + expected


def test_in_and_out_of_rejected(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    for word in (DecisionWord.FAIL, DecisionWord.REVERT, DecisionWord.REVERT):
        decide(world.hub, world.prof, record.code, word, reason="looked at it")
    payloads = [row.payload for row in world.events(record)][-4:]
    assert [(p["type"], p["effects"], p["credit"]) for p in payloads] == [
        ("second_review_required", [], None),
        ("rejected", ["override_grade_zero"], "failed"),
        ("verified", ["undo_override"], "satisfied"),
        ("rejected", ["override_grade_zero"], "failed"),
    ]


def test_an_event_says_who_what_where_and_in_which_order(world: World) -> None:
    record = world.attempt(S.STARTED)
    rows = world.events(record)
    payload = rows[-1].payload
    assert uuid.UUID(payload.pop("id")) == uuid.UUID(rows[-1].event_id)
    assert payload.pop("sequence") == rows[-1].seq
    assert payload == {
        "type": "started",
        "occurred_at": START.isoformat(),
        "course_id": COURSE,
        "content_id": record.exam_content_id,
        "exam_id": record.exam_pk,
        "exam_type": "proctored",
        "attempt_code": record.code,
        "attempt_number": 1,
        "user_id": "ada",
        "from_status": "ready_to_start",
        "to_status": "started",
        "caused_by": {"role": "lms", "cause": "learner"},
        "effects": [],
        "credit": None,
    }
    assert [row.payload["from_status"] for row in rows] == [None, "created", "ready_to_start"]
    assert len({row.event_id for row in rows}) == 3


def test_who_sees_an_attempt(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    for actor in (LMS, world.prof, world.sue, world.learner("ada")):
        assert reading.get(world.hub, actor, record.code).id == record.id
    page = reading.list_attempts(world.hub, world.prof, COURSE, status=S.SUBMITTED, user_id="ada")
    assert [item.id for item in page.items] == [record.id]
    assert reading.list_attempts(world.hub, LMS, COURSE, exam_type=T.TIMED).items == ()


def test_a_commit_wakes_only_those_it_has_something_for(database_url: str) -> None:
    woken: list[tuple[str, ...]] = []
    with a_world(database_url, wake=lambda *names: woken.append(names)) as world:
        world.attempt(S.SUBMITTED)
        woken.clear()
        record = world.created(world.exam(T.TIMED))
        assert woken[-1:] == [("lms",)]
        woken.clear()
        reading.get(world.hub, LMS, record.code)
        assert woken == []
