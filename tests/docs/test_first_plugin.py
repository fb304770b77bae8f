"""The plugins of the tutorial: installed as a distribution would be, used as the host uses one."""

from __future__ import annotations

import hmac
import json
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import responses

from proctor_hub import Capability
from proctor_hub.domain.words import ExamType, Role, Track
from proctor_hub.services import courses, exams, people
from proctor_hub.services.attempts.create import create_attempt
from proctor_hub.services.attempts.launch import launch
from proctor_hub.services.attempts.learner import LearnerAction, act
from proctor_hub.services.callbacks import receive
from proctor_hub.services.courses import CourseSettings
from proctor_hub.services.exams import ExamSettings
from proctor_hub.services.hub import Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.vendors.receiving import Answer, CallbackRequest
from tests.docs.pages import CODE
from tests.support import LMS, a_hub

COURSE = "course-v1:Example+Plugins+2026"
WATCHFUL = {
    "plugin": "watchful",
    "base_url": "https://watchful.example",
    "api_key": "the key of the hub",
    "signing_key": "the key of the vendor",
}
VIGIL = {
    "plugin": "vigil",
    "base_url": "https://vigil.example",
    "client_id": "the-hub",
    "client_secret": "a secret of the hub at Vigil",
}


def installed(folder: str, monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """What installing the folder's distribution would register."""
    monkeypatch.syspath_prepend(str(CODE / folder))
    project = tomllib.loads((CODE / folder / "pyproject.toml").read_text(encoding="utf-8"))
    points = project["project"]["entry-points"]["proctor_hub.vendors"]
    return [EntryPoint(name, value, "proctor_hub.vendors") for name, value in points.items()]


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.mock as mock:
        yield mock


@pytest.fixture
def watchful(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    plugins = installed("small_plugin", monkeypatch)
    with a_hub(sqlite_url, vendors={"watchful": WATCHFUL}, plugins=plugins) as hub:
        yield hub
    sys.modules.pop("proctor_hub_watchful", None)


@pytest.fixture
def vigil(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    plugins = installed("rest_plugin", monkeypatch)
    with a_hub(sqlite_url, vendors={"vigil": VIGIL}, plugins=plugins) as hub:
        yield hub
    sys.modules.pop("proctor_hub_vigil", None)


def an_exam(hub: Hub, vendor: str) -> int:
    """A proctored exam with the vendor, and the learner ann, who may take it."""
    settings = CourseSettings(title="Plugins", proctoring_enabled=True, vendor=vendor)
    courses.put_course(hub, LMS, course_id=COURSE, settings=settings)
    people.put_person(hub, LMS, user_id="ann", settings=PersonSettings(username="ann"))
    people.put_enrolment(hub, LMS, course_id=COURSE, user_id="ann", track=Track.VERIFIED)
    exam = ExamSettings(
        content_id="block",
        name="Final",
        exam_type=ExamType.PROCTORED,
        time_limit_minutes=60,
    )
    return exams.create_exam(hub, LMS, course_id=COURSE, settings=exam).id


def news(hub: Hub, body: Any, *, signed: bool = True) -> int:
    """A call of Watchful about session s-1; the status it is answered."""
    raw = json.dumps(body).encode()
    key = WATCHFUL["signing_key"].encode()
    signature = hmac.new(key, raw, "sha256").hexdigest() if signed else "nonsense"
    request = CallbackRequest(
        route="news",
        method="POST",
        path="/callbacks/watchful/s-1",
        path_params={"external_id": "s-1"},
        query={},
        headers={"x-watchful-signature": signature},
        body=raw,
        source_address="192.0.2.1",
    )
    answer = receive(hub, "watchful", request)
    assert isinstance(answer, Answer)
    return answer.status


def test_the_small_plugin_takes_an_exam_to_its_verdict(
    watchful: Hub, wire: responses.RequestsMock
) -> None:
    responses.post("https://watchful.example/sessions", json={"session": "s-1"}, status=201)
    created = create_attempt(watchful, LMS, exam_pk=an_exam(watchful, "watchful"), user_id="ann")
    assert created.problem is None
    code = created.record.code
    sent = json.loads(responses.calls[0].request.body or b"")
    assert sent["minutes"] == 60
    assert sent["learner"] not in ("", "ann"), "a pseudonym, not the user id"
    plan = launch(watchful, LMS, code, "en").plan
    assert getattr(plan, "url", "") == "https://watchful.example/join/s-1"
    assert news(watchful, {"news": "ready"}, signed=False) == 401
    assert news(watchful, {"news": "ready"}) == 200
    act(watchful, LMS, code, LearnerAction.START)
    act(watchful, LMS, code, LearnerAction.SUBMIT)
    assert news(watchful, {"news": "who knows"}) == 422
    assert news(watchful, ["ready"]) == 422
    assert news(watchful, {"news": "clean"}) == 200
    assert act(watchful, LMS, code, LearnerAction.PING).status == "verified"


@pytest.mark.parametrize("answer", [{"json": {"id": 1}}, {"json": []}, {"status": 503}])
def test_what_watchful_answers_wrongly_costs_no_attempt(
    watchful: Hub, wire: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    responses.post("https://watchful.example/sessions", **answer)
    created = create_attempt(watchful, LMS, exam_pk=an_exam(watchful, "watchful"), user_id="ann")
    assert created.problem is not None
    assert created.problem.retryable
    assert created.record.external_id is None


def test_the_small_plugin_lets_the_course_team_decide(watchful: Hub) -> None:
    from proctor_hub import AttemptStatus, DecisionKind, DecisionRequest

    vendor = watchful.vendors.get("watchful")
    for role, kind, allowed in (
        (Role.COURSE_TEAM, DecisionKind.PASS, True),
        (Role.COURSE_TEAM, DecisionKind.ESCALATE, False),
        (Role.SUPPORT, DecisionKind.FAIL, False),
    ):
        request = DecisionRequest(
            kind=kind,
            role=role,
            exam_type=ExamType.PROCTORED,
            attempt_status=AttemptStatus.SECOND_REVIEW_REQUIRED,
        )
        assert vendor.authorize_decision(decision=request).allowed is allowed


def test_the_rest_plugin_adds_what_is_its_own(vigil: Hub, wire: responses.RequestsMock) -> None:
    responses.post("https://vigil.example/o/token", json={"access_token": "t", "expires_in": 60})
    responses.get("https://vigil.example/api/v1/config/", json={"rules": {}})
    responses.post("https://vigil.example/api/v1/exam/", json={"id": "e-1"})
    responses.post("https://vigil.example/api/v1/exam/e-1/attempt/", json={"id": "a-1"})
    created = create_attempt(vigil, LMS, exam_pk=an_exam(vigil, "vigil"), user_id="ann")
    assert created.problem is None
    assert created.record.external_id == "a-1"
    registration = json.loads(responses.calls[-1].request.body or b"")
    assert registration["attempt_number"] == 1
    vendor = vigil.vendors.get("vigil")
    assert vendor.description.name == "Vigil"
    assert not vendor.can(Capability.LEARNER_RETIREMENT)


def test_the_rest_plugin_knows_vigils_own_word(vigil: Hub) -> None:
    vendor = vigil.vendors.get("vigil")
    request = CallbackRequest(
        route="reviewed",
        method="POST",
        path="/",
        path_params={"external_id": "a-1"},
        query={},
        headers={},
        body=b'{"status": "clear"}',
        source_address="192.0.2.1",
        caller="vigil-client",
    )
    (event,) = vendor.parse_callback(request=request)
    assert getattr(event, "status", None) == "passed"
