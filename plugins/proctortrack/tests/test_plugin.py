"""Proctortrack's particulars; what it shares with the protocol's base is tested there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

import pytest
import responses

from proctor_hub import (
    Capability,
    DashboardRequest,
    DashboardScope,
    ExamType,
    PersonalData,
    RulesKind,
)
from proctor_hub_proctortrack.plugin import ProctortrackPlugin

from .plugin_support import ATTEMPT, COURSE, EXAM, LEARNER, PROFESSOR, account

BASE = "https://vendor.example"
REGISTER = f"{BASE}/api/v1/exam/e-1/attempt/"
SYNCED = replace(EXAM, external_id="e-1")


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.mock as mock:
        responses.post(
            f"{BASE}/edx/oauth2/access_token", json={"access_token": "tok", "expires_in": 60}
        )
        yield mock


def register(plugin: ProctortrackPlugin, **changes: Any) -> Any:
    """Register an attempt and return the body that was sent."""
    responses.post(REGISTER, json={"id": "a-1"})
    attempt = replace(ATTEMPT, **changes)
    plugin.register_attempt(exam=SYNCED, learner=LEARNER, attempt=attempt)
    return json.loads(responses.calls[-1].request.body or b"null")


def test_description() -> None:
    told = account().describe_vendor()
    assert told.name == "Proctortrack"
    assert told.capabilities == set(Capability) - {
        Capability.DECISION_NOTICES,
        Capability.HEARTBEAT,
        Capability.POLLING,
    }
    assert told.exam_types == {ExamType.PROCTORED, ExamType.ONBOARDING}
    assert told.rules_kind is RulesKind.BINARY
    assert told.personal_data == {PersonalData.FULL_NAME, PersonalData.EMAIL}
    assert told.needs_escalation_email
    assert told.has_stop_call
    assert told.onboarding_validity == timedelta(days=365)
    assert "course team" in told.second_review
    assert "download" in told.launch_summary and "desktop app" in told.learner_tool


def test_registration_sends_the_return_url(wire: responses.RequestsMock) -> None:
    assert register(account()) == {
        "status": "created",
        "lms_host": "https://hub.example",
        "time_limit_mins": 120,
        "is_sample_attempt": False,
        "user_id": "p-1",
        "full_name": "Ann Bee",
        "email": "ann@example.com",
        "exam_return_url": "https://hub.example/return/C0DE",
    }
    assert responses.calls[0].request.url == f"{BASE}/edx/oauth2/access_token"
    assert responses.calls[1].request.headers["Authorization"] == "JWT tok"


def test_return_url_is_left_out_where_unset_or_switched_off(wire: responses.RequestsMock) -> None:
    assert "exam_return_url" not in register(account(), return_url="")
    assert "exam_return_url" not in register(account(send_return_url=False))


def test_dashboard_is_at_the_vendors_own_path() -> None:
    request = DashboardRequest(scope=DashboardScope.COURSE, course_id=COURSE, viewer=PROFESSOR)
    embed = account().render_dashboard(request=request)
    assert embed.url.startswith(f"{BASE}/launch/edx/instructor/the-hub/?jwt=")


def test_paths_can_be_set_per_account(wire: responses.RequestsMock) -> None:
    responses.post(f"{BASE}/t", json={"access_token": "other", "expires_in": 60})
    register(account(token_path="/t"))
    assert responses.calls[1].request.headers["Authorization"] == "JWT other"


def test_settings_print_no_secret() -> None:
    plugin = account()
    assert plugin.settings.client_secret.get_secret_value() not in repr(plugin.settings)


def test_host_finds_the_plugin_by_its_entry_point() -> None:
    (found,) = entry_points(group="proctor_hub.vendors", name="proctortrack")
    assert found.load() is ProctortrackPlugin
