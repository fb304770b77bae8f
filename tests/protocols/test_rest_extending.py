"""Another vendor that speaks the protocol is a few lines; its settings are checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pluggy
import pytest
import responses
from pydantic import ValidationError

from proctor_hub import (
    CAPABILITY_HOOKS,
    MANDATORY_HOOKS,
    Attempt,
    Capability,
    Exam,
    ExamType,
    Learner,
    PersonalData,
    ReviewReceived,
    ReviewStatus,
    RulesCatalog,
    RulesKind,
    hookimpl,
)
from proctor_hub.contract_versions import PROJECT
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.protocols import RestProvider, RestSettings
from tests.protocols.rest_support import ATTEMPT, BASE, EXAM, LEARNER, account, callback, sent


class Other(RestProvider):
    vendor_name = "Other"
    token_path = "/o/token"
    review_words: ClassVar = {**RestProvider.review_words, "fine": ReviewStatus.PASSED}

    def registration_extras(
        self, exam: Exam, learner: Learner, attempt: Attempt
    ) -> Mapping[str, Any]:
        return {"attempt_number": attempt.number}

    @hookimpl
    def rules_catalog(self, language: str) -> RulesCatalog:
        return RulesCatalog(labels={"one": "The only rule"})


def manager(plugin: object) -> pluggy.PluginManager:
    found = pluggy.PluginManager(PROJECT)
    found.add_hookspecs(VendorSpec)
    found.register(plugin)
    found.check_pending()
    return found


def test_ten_lines_make_a_vendor(wire: responses.RequestsMock) -> None:
    responses.post(f"{BASE}/o/token", json={"access_token": "t", "expires_in": 60})
    responses.post(f"{BASE}/api/v1/exam/e-1/attempt/", json={"id": "a-1"})
    hook = manager(account(Other)).hook
    assert hook.describe_vendor().name == "Other"
    assert hook.rules_catalog(language="en").labels == {"one": "The only rule"}
    registered = hook.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert registered.external_id == "a-1"
    assert sent()["attempt_number"] == 1
    (event,) = hook.parse_callback(request=callback(body=b'{"status": "Fine"}'))
    assert isinstance(event, ReviewReceived)
    assert (event.status, event.vendor_status) == (ReviewStatus.PASSED, "Fine")


def test_the_base_has_the_hooks_of_what_it_declares() -> None:
    plugin = account()
    implemented = {caller.name for caller in manager(plugin).get_hookcallers(plugin) or ()}
    wanted = set(MANDATORY_HOOKS)
    for capability in plugin.describe_vendor().capabilities:
        wanted |= CAPABILITY_HOOKS[capability]
    assert wanted <= implemented
    undeclared = set(Capability) - plugin.describe_vendor().capabilities
    assert undeclared == {
        Capability.DECISION_NOTICES,
        Capability.HEARTBEAT,
        Capability.POLLING,
    }
    assert not implemented & {"heartbeat_plan", "poll_reviews"}


def test_description_follows_attributes_and_settings() -> None:
    told = account(
        onboarding_validity_days=30,
        support_email="help@v.example",
        notification_email="n@v.example",
    ).describe_vendor()
    assert told.exam_types == {ExamType.PROCTORED, ExamType.ONBOARDING}
    assert told.rules_kind is RulesKind.BINARY
    assert told.personal_data == set(PersonalData)
    assert told.has_stop_call
    assert not told.needs_escalation_email
    assert told.onboarding_validity == timedelta(days=30)
    assert told.readiness_lifetime == timedelta(minutes=30)
    assert (told.support_email, told.notification_email) == ("help@v.example", "n@v.example")


def test_constructor_calls_nobody(wire: responses.RequestsMock) -> None:
    account()
    assert len(responses.calls) == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("base_url", "vendor.example"),
        ("base_url", "ftp://vendor.example"),
        ("base_url", "https://user@vendor.example"),
        ("base_url", "https://vendor.example/?a=1"),
        ("client_id", ""),
        ("client_secret", ""),
        ("token_path", "oauth2/access_token"),
        ("onboarding_validity_days", 0),
        ("surprise", "x"),
    ],
)
def test_settings_that_cannot_work_name_their_key(key: str, value: Any) -> None:
    values = {"base_url": BASE, "client_id": "c", "client_secret": "top-secret"} | {key: value}
    with pytest.raises(ValidationError) as caught:
        RestSettings.model_validate(values)
    assert key in str(caught.value)
    assert "top-secret" not in str(caught.value)


def test_base_url_may_end_with_a_slash_and_hold_a_path() -> None:
    settings = RestSettings.model_validate(
        {"base_url": f"{BASE}/proctor/", "client_id": "c", "client_secret": "s"}
    )
    assert settings.base_url == f"{BASE}/proctor"
