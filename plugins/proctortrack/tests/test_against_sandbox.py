"""The plugin against the vendor, simulated: two codes written apart, over real HTTP.

Callbacks travel the whole way too: sandbox → HTTP → recording hub → the plugin's parser.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
import requests
import uvicorn

from proctor_hub import (
    Attempt,
    AttemptRef,
    AttemptStatus,
    CallbackRequest,
    DashboardRequest,
    DashboardScope,
    DownloadPlan,
    Exam,
    ExamType,
    OnboardingQuery,
    OnboardingRefused,
    OnboardingStatus,
    Registered,
    ReviewReceived,
    ReviewStatus,
    SessionReady,
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub.vendors.http import HttpLimits
from proctor_hub_proctortrack.plugin import ProctortrackPlugin
from proctor_hub_proctortrack.sandbox import create_app

from .plugin_support import ATTEMPT, COURSE, EXAM, LEARNER, PROFESSOR, account
from .sandbox_support import SETTINGS, Hub

P1 = LEARNER.pseudonym
ONBOARDING = replace(EXAM, id=8, name="Onboarding", exam_type=ExamType.ONBOARDING)


@dataclass(slots=True)
class Setting:
    """A running vendor, the hub it calls back, and the plugin between them."""

    base: str
    hub: Hub
    plugin: ProctortrackPlugin

    def steer(self, path: str, **body: Any) -> Any:
        """What a person does at the vendor."""
        answer = requests.post(f"{self.base}/sandbox/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def approve(self, status: str = "approved") -> None:
        self.steer(f"profiles/{P1}", status=status, course_id=COURSE)

    def synced(self, exam: Exam = EXAM) -> Exam:
        return replace(exam, external_id=self.plugin.sync_exam(exam=exam).external_id)

    def registered(self, exam: Exam) -> Attempt:
        attempt = replace(ATTEMPT, exam_type=exam.exam_type)
        answer = self.plugin.register_attempt(exam=exam, learner=LEARNER, attempt=attempt)
        assert isinstance(answer, Registered)
        return replace(attempt, external_id=answer.external_id)

    def session(self) -> tuple[Exam, Attempt]:
        """A registered session of an approved learner."""
        self.approve()
        exam = self.synced()
        return exam, self.registered(exam)

    def submitted(self) -> tuple[Exam, Attempt]:
        exam, attempt = self.session()
        self.steer(f"attempts/{attempt.external_id}/room-scan")
        self.plugin.session_started(exam=exam, attempt=attempt)
        self.plugin.session_stopped(exam=exam, attempt=attempt)
        return exam, attempt

    def events(self) -> list[Any]:
        """What the plugin makes of the callbacks the hub received, in order."""
        return [self._event(path, body) for path, body in self.hub.calls]

    def _event(self, path: str, body: Any) -> Any:
        for route in self.plugin.callback_routes():
            start, end = route.path.split("{external_id}")
            if path.startswith(start) and path.endswith(end):
                request = CallbackRequest(
                    route=route.name,
                    method="POST",
                    path=path,
                    path_params={"external_id": path[len(start) : -len(end)]},
                    query={},
                    headers={},
                    body=json.dumps(body).encode(),
                    source_address="127.0.0.1",
                    caller="the-vendor",
                )
                (event,) = self.plugin.parse_callback(request=request)
                return event
        raise AssertionError(f"no route for {path}")


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def at(hub: Hub) -> Iterator[Setting]:
    """A vendor on a free port; what it is told to hold back it holds until the test is over."""
    door = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{door.getsockname()[1]}"
    over = Event()

    def hold(seconds: float) -> None:
        over.wait(seconds)

    app = create_app(replace(SETTINGS, public_url=base), sleep=hold)
    config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    plugin = account(base_url=base, public_url=hub.base, clock=lambda: datetime.now(UTC))
    yield Setting(base=base, hub=hub, plugin=plugin)
    over.set()
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def test_rules_and_health(at: Setting) -> None:
    english = at.plugin.rules_catalog(language="en").labels
    german = at.plugin.rules_catalog(language="de").labels
    assert english.keys() == german.keys()
    assert english != german
    assert at.plugin.health_check().ok


def test_exam_is_kept_as_it_was_meant(at: Setting) -> None:
    rule = next(iter(at.plugin.rules_catalog(language="en").labels))
    exam = at.synced(replace(EXAM, rules={rule: True}))
    (kept,) = requests.get(f"{at.base}/sandbox/exams", timeout=10).json()
    assert kept["external_id"] == exam.external_id
    assert kept["rules"] == {rule: True}
    assert (kept["exam_name"], kept["due_date"]) == ("Final", "2026-12-01T00:00:00Z")
    again = at.synced(replace(exam, name="Final exam"))
    assert again.external_id == exam.external_id


def test_an_updated_exam_with_a_new_id_keeps_working(at: Setting) -> None:
    exam, attempt = at.session()
    at.steer("faults", exam_new_id=1)
    moved = at.synced(exam)
    assert moved.external_id != exam.external_id
    at.plugin.learner_instructions(exam=moved, attempt=attempt, language="en")


def test_onboarding_comes_first(at: Setting) -> None:
    exam = at.synced()
    for word, refusal, status in (
        ("no-profile", AttemptStatus.ONBOARDING_MISSING, OnboardingStatus.NOT_STARTED),
        ("pending", AttemptStatus.ONBOARDING_PENDING, OnboardingStatus.SUBMITTED),
        ("rejected", AttemptStatus.ONBOARDING_FAILED, OnboardingStatus.REJECTED),
        ("expired", AttemptStatus.ONBOARDING_EXPIRED, OnboardingStatus.EXPIRED),
    ):
        at.approve(word)
        answer = at.plugin.register_attempt(exam=exam, learner=LEARNER, attempt=ATTEMPT)
        assert answer == OnboardingRefused(status=refusal)
        query = OnboardingQuery(course_id=COURSE, pseudonym=P1)
        assert at.plugin.onboarding_status(query=query).profiles[0].status is status


def test_onboarding_exam_leads_to_a_profile(at: Setting) -> None:
    exam = at.synced(ONBOARDING)
    attempt = at.registered(exam)
    at.steer(f"attempts/{attempt.external_id}/room-scan")
    at.plugin.session_started(exam=exam, attempt=attempt)
    at.plugin.session_stopped(exam=exam, attempt=attempt)
    at.steer(f"attempts/{attempt.external_id}/review", status="passed")
    here = OnboardingQuery(course_id=COURSE, pseudonym=P1)
    (profile,) = at.plugin.onboarding_status(query=here).profiles
    assert profile.status is OnboardingStatus.VERIFIED
    assert profile.expires_at is not None
    assert profile.expires_at > datetime.now(UTC) + timedelta(days=300)
    (other,) = at.plugin.onboarding_status(query=replace(here, course_id="else/1")).profiles
    assert other.status is OnboardingStatus.OTHER_COURSE_APPROVED


def test_onboarding_of_a_course_page_by_page(at: Setting) -> None:
    for number in range(5):
        at.steer(f"profiles/q-{number}", status="pending", course_id=COURSE)
    at.approve()
    query = OnboardingQuery(course_id=COURSE, status=OnboardingStatus.SUBMITTED, page_size=2)
    found: list[str] = []
    while True:
        page = at.plugin.onboarding_status(query=query)
        found += [profile.pseudonym for profile in page.profiles]
        if page.next_cursor is None:
            break
        query = replace(query, cursor=page.next_cursor)
    assert found == [f"q-{number}" for number in range(5)]


def test_a_session_from_launch_to_review(at: Setting) -> None:
    exam, attempt = at.session()
    plan = at.plugin.launch_session(exam=exam, attempt=attempt, language="en")
    assert isinstance(plan, DownloadPlan)
    assert plan.download_url == f"{at.base}/download"
    assert plan.instructions
    with pytest.raises(VendorRejected):
        at.plugin.session_started(exam=exam, attempt=attempt)  # the room scan is not done
    at.steer(f"attempts/{attempt.external_id}/room-scan")
    assert at.plugin.session_started(exam=exam, attempt=attempt).detail == "started"
    for _ in range(2):  # notices are delivered at least once
        assert at.plugin.session_stopped(exam=exam, attempt=attempt).detail == "submitted"
    comment = {"comment": "phone", "status": "Rules Violation", "start": 1, "stop": 3}
    at.steer(f"attempts/{attempt.external_id}/review", status="suspicious", comments=[comment])
    ready, review = at.events()
    reference = AttemptRef(external_id=attempt.external_id)
    assert ready == SessionReady(attempt=reference)
    assert isinstance(review, ReviewReceived)
    assert (review.attempt, review.status) == (reference, ReviewStatus.SUSPICIOUS)
    (incident,) = review.incidents
    assert (incident.status, incident.stop, incident.duration) == ("Rules Violation", 3.0, None)


def test_faulty_session(at: Setting) -> None:
    exam, attempt = at.session()
    assert at.plugin.session_errored(exam=exam, attempt=attempt).detail == "error"


def test_removed_session_is_gone_and_may_be_removed_again(at: Setting) -> None:
    exam, attempt = at.session()
    for _ in range(2):
        assert at.plugin.session_removed(exam=exam, attempt=attempt).needed
    with pytest.raises(VendorRejected):
        at.plugin.learner_instructions(exam=exam, attempt=attempt, language="en")


def test_retired_learner_is_gone(at: Setting) -> None:
    at.session()
    assert at.plugin.retire_learner(pseudonym=P1).confirmed
    assert requests.get(f"{at.base}/sandbox/attempts", timeout=10).json() == []


@pytest.mark.parametrize("scope", list(DashboardScope))
def test_signed_links_open_once_and_where_they_should(at: Setting, scope: DashboardScope) -> None:
    exam, attempt = at.submitted()
    request = DashboardRequest(
        scope=scope, course_id=COURSE, viewer=PROFESSOR, exam=exam, attempt=attempt
    )
    url = at.plugin.render_dashboard(request=request).url
    opened = requests.get(url, timeout=10)
    assert opened.status_code == 200
    ending = {
        DashboardScope.COURSE: "/",
        DashboardScope.EXAM: f"/exams/{exam.external_id}",
        DashboardScope.ATTEMPT: f"/attempts/{attempt.external_id}",
        DashboardScope.CONFIGURATION: "/config",
    }
    assert opened.url.endswith(ending[scope])
    assert requests.get(url, timeout=10).status_code == 403


def test_decision_in_the_vendors_dashboard_names_the_person(at: Setting) -> None:
    exam, attempt = at.submitted()
    request = DashboardRequest(
        scope=DashboardScope.ATTEMPT,
        course_id=COURSE,
        viewer=PROFESSOR,
        exam=exam,
        attempt=attempt,
    )
    page = requests.get(at.plugin.render_dashboard(request=request).url, timeout=10).url
    requests.post(f"{page}/decision", data={"verdict": "fail"}, timeout=10).raise_for_status()
    review = at.events()[-1]
    assert isinstance(review, ReviewReceived)
    assert (review.status, review.reviewed_by) == (ReviewStatus.SUSPICIOUS, "prof@uni.example")


def test_forgotten_tokens_are_fetched_anew(at: Setting) -> None:
    at.synced()
    requests.delete(f"{at.base}/sandbox/tokens", timeout=10).raise_for_status()
    at.synced()


def test_wrong_secret(at: Setting) -> None:
    plugin = account(base_url=at.base, client_secret="not-the-secret-at-all")
    with pytest.raises(VendorUnauthorized):
        plugin.rules_catalog(language="en")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"down": True}, VendorUnavailable),
        ({"error_page": 1}, VendorUnavailable),
        ({"status": {"code": 429}}, VendorUnavailable),
        ({"status": {"code": 418}}, VendorRejected),
        ({"answer_without_id": 1}, VendorProtocolError),
    ],
)
def test_failed_registration_and_the_next_one(
    at: Setting, fault: dict[str, Any], error: type[Exception]
) -> None:
    at.approve()
    exam = at.synced()
    at.steer("faults", **fault)
    with pytest.raises(error):
        at.registered(exam)
    requests.delete(f"{at.base}/sandbox/faults", timeout=10).raise_for_status()
    assert at.registered(exam).external_id


def test_exam_without_an_id(at: Setting) -> None:
    at.steer("faults", exam_without_id=1)
    with pytest.raises(VendorProtocolError):
        at.synced()


def test_slow_vendor_is_given_up(at: Setting) -> None:
    limits = HttpLimits(connect=5, read=0.2, total=0.2)
    plugin = account(base_url=at.base, limits=limits)
    at.steer("faults", slow_ms=60_000)
    with pytest.raises(VendorUnavailable):
        plugin.rules_catalog(language="en")
