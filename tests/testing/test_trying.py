"""Whatever goes wrong in a check becomes a text of the kit, but a defect of the kit itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proctor_hub import AttemptStatus, OnboardingRefused, Refused, hookimpl
from proctor_hub.demo.errors import DemoError
from proctor_hub.testing.conformance import Session
from proctor_hub.testing.kit import trying
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import case_of
from proctor_hub.testing.kit.check import CHECKS
from proctor_hub.testing.kit.trying import tried
from tests.testing.sound import Sound
from tests.testing.vendor import SoundCase


def problem_of(check: str, **told: Any) -> str:
    """What the kit says of the sound vendor's case with these changes."""
    bench = Bench(case_of(type("Case", (SoundCase,), told)()))
    try:
        return tried(CHECKS[check], bench)
    finally:
        bench.close()


def demand_explained(problem: str, check: str) -> None:
    assert "The rule: " in problem
    assert CHECKS[check].why in problem
    assert f"docs/{CHECKS[check].about}" in problem


class RefusesEverybody(Sound):
    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        return OnboardingRefused(status=AttemptStatus.ONBOARDING_MISSING)


class SaysEverythingTwice(Sound):
    @hookimpl
    def parse_callback(self, request: Any) -> Any:
        events = super().parse_callback(request)
        return (*events, *events)


def test_a_refused_registration_says_what_is_to_be_done() -> None:
    problem = problem_of("registering-again", plugin=RefusesEverybody)
    assert "answers onboarding_missing for a learner whom `admit`" in problem
    assert "give the sandbox a command `onboard`" in problem
    demand_explained(problem, "registering-again")


@pytest.mark.parametrize("method", ["make_ready", "send_review", "admit"])
def test_a_method_of_the_author_that_raises_is_named_with_its_place(method: str) -> None:
    def raising(self: Any, *arguments: Any) -> None:
        assert arguments == (), "so it is not"

    problem = problem_of("lifecycle-proctored", **{method: raising})
    assert "raising (test_trying.py:" in problem
    assert "AssertionError: so it is not" in problem
    demand_explained(problem, "lifecycle-proctored")


def test_a_review_that_is_not_one_is_told() -> None:
    problem = problem_of("words-table", plugin=SaysEverythingTwice)
    assert "a review becomes ['ReviewReceived', 'ReviewReceived']" in problem
    demand_explained(problem, "words-table")


def test_a_review_the_hub_does_not_show_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "revisions", lambda self: [])
    problem = problem_of("words-table")
    assert "the hub shows one review 'spotless' as none at all" in problem
    demand_explained(problem, "words-table")


def test_a_defect_of_the_kit_is_not_laid_at_the_authors_door() -> None:
    at_home = compile("def run(bench): int('of the kit')", trying.__file__, "exec")
    space: dict[str, Any] = {}
    exec(at_home, space)
    check = replace(CHECKS["words-table"], run=space["run"])
    bench = Bench(case_of(SoundCase()))
    try:
        with pytest.raises(ValueError, match="of the kit"):
            tried(check, bench)
    finally:
        bench.close()


class TakesNothing(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        return Refused(status=401, reason="the seal is another one's")


def test_why_the_hub_refused_the_vendors_call_is_told() -> None:
    problem = problem_of("lifecycle-proctored", plugin=TakesNothing)
    assert "(answered 401)" in problem
    assert "(the hub refused it: the seal is another one's)" in problem
    demand_explained(problem, "lifecycle-proctored")


def test_so_it_is_where_a_sandbox_makes_the_call() -> None:
    def refused(self: Any, at: Session) -> None:
        SoundCase.make_ready(self, at)
        raise DemoError("the hub answered 401 when the session was ready")

    problem = problem_of("lifecycle-proctored", plugin=TakesNothing, make_ready=refused)
    assert "ready (the hub refused it: the seal is another one's)" in problem
