"""What a sandbox's steering door must answer, and what is said where it does not."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.steering import Sandbox

URL = "http://sandbox.test"
COMMANDS = {"ready": {"path": "/steer/ready"}, "review": {"path": "/steer/review"}}


def _answering(answer: Any) -> Sandbox:
    responses.post(f"{URL}/steer/ready", json=answer)
    responses.post(f"{URL}/steer/review", json=answer)
    return Sandbox("acme", URL, COMMANDS, {"clean": {"word": "clean"}})


@responses.activate
def test_what_the_hub_answered_is_passed_on() -> None:
    sandbox = _answering([{"status": 200}, {"status": 422}])
    assert sandbox.review("clean", {}) == [200, 422]


@responses.activate
def test_why_the_hub_gave_no_answer_is_passed_on() -> None:
    with pytest.raises(DemoError, match="gave the vendor no answer: it was down"):
        _answering({"error": "it was down"}).review("clean", {})


@responses.activate
@pytest.mark.parametrize("answer", [{"now": "entered"}, {"status": "fine"}, ["200"]])
def test_an_answer_that_says_neither_is_told_with_what_it_should_be(answer: Any) -> None:
    with pytest.raises(DemoError, match=r'sandbox acme .* its ready: .* \{"status": 200\}'):
        _answering(answer).make_ready({})
