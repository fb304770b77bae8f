"""A replay takes the recorded calls, all of them, once each, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proctor_hub.testing.calls import CALLS
from proctor_hub.testing.recorded import Recording, ReplayFailed, replay
from proctor_hub.vendors.results import HOOKS
from tests.recorded import leaky
from tests.recorded.leaky import SETTINGS, Leaky
from tests.recorded.making import recorded

ELSEWHERE = SETTINGS | {
    "base_url": "https://vendor.invalid",
    "api_key": "another key of another account",
}


@pytest.fixture(params=["account", "proctored"])
def recording(vendor: str, request: pytest.FixtureRequest) -> Recording:
    return recorded(vendor, request.param)[0]


@pytest.fixture
def exam(vendor: str) -> Recording:
    return recorded(vendor, "proctored")[0]


def test_the_plugin_that_was_recorded_passes_with_any_account(recording: Recording) -> None:
    replay(recording, Leaky, ELSEWHERE)
    replay(recording, Leaky, ELSEWHERE | {"base_url": "http://127.0.0.1:1"}, slug="other")


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (leaky.Talks, "step 1, register_attempt:\n- not recorded: GET «vendor»/gossip"),
        (leaky.Silent, "session_started:\n- recorded, and not made: PUT «vendor»/sessions/"),
        (leaky.Twice, "session_started:\n- made 2 times: PUT «vendor»/sessions/"),
        (leaky.Elsewhere, "not recorded: POST «vendor»/v2/sessions"),
        (leaky.Bare, "headers has 1 entries, 2 were recorded"),
        (leaky.MoreData, "body.json.course is new"),
    ],
)
def test_each_other_plugin_is_refused_and_told_how_it_differs(
    exam: Recording, plugin: type[Any], words: str
) -> None:
    with pytest.raises(ReplayFailed) as failed:
        replay(exam, plugin, ELSEWHERE)
    assert words in str(failed.value)
    assert "record-and-replay.md" in str(failed.value)


def test_another_outcome_of_the_same_calls_is_told(vendor: str) -> None:
    recording, _ = recorded(vendor, "account")
    with pytest.raises(ReplayFailed, match=r"outcome: Health\.ok is False, recorded was True"):
        replay(recording, leaky.Wrong, ELSEWHERE)


def test_an_answer_that_changed_is_told(exam: Recording) -> None:
    step = exam.steps[0]
    (exchange,) = step.exchanges
    assert exchange.answer is not None
    broken = replace(exchange, answer=replace(exchange.answer, status=500))
    changed = replace(exam, steps=(replace(step, exchanges=(broken,)), *exam.steps[1:]))
    with pytest.raises(ReplayFailed, match="outcome: Registered is missing"):
        replay(changed, Leaky, ELSEWHERE)


def test_an_unknown_call_is_named(exam: Recording) -> None:
    changed = replace(exam, steps=(replace(exam.steps[0], call="sing"),))
    with pytest.raises(Exception, match="cannot call 'sing'"):
        replay(changed, Leaky, ELSEWHERE)


def test_every_hook_is_recorded_or_never_calls_its_vendor() -> None:
    pure = {
        "describe_vendor",
        "heartbeat_plan",
        "callback_routes",
        "authenticate_callback",
        "parse_callback",
        "acknowledge_callback",
        "render_dashboard",
        "report_label",
        "classify_review",
        "authorize_decision",
        "apply_decision",
    }
    assert set(CALLS) | pure == set(HOOKS)
    assert not set(CALLS) & pure
