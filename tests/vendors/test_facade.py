"""Calling hooks: the default flow underneath, wrong answers and defects named."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from proctor_hub import (
    Accepted,
    Answer,
    AttemptRef,
    AttemptStatus,
    CallbackOutcome,
    Classification,
    ConfigurationError,
    DashboardEmbed,
    DashboardRequest,
    DashboardScope,
    DecisionKind,
    DecisionOutcome,
    DecisionRequest,
    ExamType,
    HeartbeatPlan,
    Instructions,
    NoticeAnswer,
    OnboardingPage,
    OnboardingQuery,
    OnboardingRefused,
    Permission,
    RedirectPlan,
    Refused,
    Registered,
    ReviewFacts,
    ReviewOwner,
    ReviewReceived,
    ReviewStatus,
    Role,
    RulesCatalog,
    SessionReady,
    Unrecognised,
    VendorRejected,
    VendorUnavailable,
    Viewer,
)
from proctor_hub.errors import HookNotAnswered, HookRaised, WrongHookResult
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.testing.fake_vendor import FakeVendor, fake_of, review_body
from proctor_hub.vendors.default_flow import DefaultFlow
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.results import HOOKS
from tests.vendors.support import ATTEMPT, EXAM, LEARNER, account, callback, registry

MINIMAL = EntryPoint("minimal", "tests.vendors.bad_plugins:Minimal", "proctor_hub.vendors")


@pytest.fixture
def vendor() -> Vendor:
    """The fake vendor, complete."""
    return registry(account()).get("acme")


@pytest.fixture
def bare() -> Vendor:
    """A vendor whose mandatory hooks all answer None and that has no others."""
    return registry(account("bare", "minimal"), entry_points=[MINIMAL]).get("bare")


def decision(kind: DecisionKind) -> DecisionRequest:
    return DecisionRequest(
        kind=kind,
        role=Role.COURSE_TEAM,
        exam_type=ExamType.PROCTORED,
        attempt_status=AttemptStatus.SECOND_REVIEW_REQUIRED,
    )


def facts(status: ReviewStatus) -> ReviewFacts:
    return ReviewFacts(
        status=status,
        exam_type=ExamType.PROCTORED,
        attempt_status=AttemptStatus.SUBMITTED,
        incident_count=0,
        revision=1,
    )


def answers(monkeypatch: pytest.MonkeyPatch, hook: str, value: Any) -> Vendor:
    """The fake vendor with ``hook`` replaced, by the very function pluggy will call."""

    def replaced(self: FakeVendor) -> Any:
        return value() if callable(value) else value

    marked = DefaultFlow.report_label
    replaced.proctor_hub_impl = marked.proctor_hub_impl  # type: ignore[attr-defined]
    monkeypatch.setattr(FakeVendor, hook, replaced)
    return registry(account()).get("acme")


def test_facade_has_one_method_per_hook_with_the_hooks_arguments() -> None:
    for hook in HOOKS:
        ours = inspect.signature(getattr(Vendor, hook))
        spec = inspect.signature(getattr(VendorSpec, hook))
        assert list(ours.parameters) == list(spec.parameters), hook
        assert str(spec.return_annotation).strip("'") == f"{ours.return_annotation} | None", hook


def test_default_flow_answers_all_but_two_hooks() -> None:
    assert HOOKS - {"describe_vendor", "launch_session"} == {
        name for name in dir(DefaultFlow) if not name.startswith("_")
    }


DEFAULTS: dict[str, tuple[Callable[[Vendor], object], object]] = {
    "rules": (lambda v: v.rules_catalog(language="en"), RulesCatalog()),
    "started": (lambda v: v.session_started(exam=EXAM, attempt=ATTEMPT).needed, False),
    "stopped": (lambda v: v.session_stopped(exam=EXAM, attempt=ATTEMPT).needed, False),
    "errored": (lambda v: v.session_errored(exam=EXAM, attempt=ATTEMPT).needed, False),
    "removed": (lambda v: v.session_removed(exam=EXAM, attempt=ATTEMPT).needed, False),
    "decided": (
        lambda v: v.session_decided(exam=EXAM, attempt=ATTEMPT, kind=DecisionKind.PASS).needed,
        False,
    ),
    "sync": (lambda v: v.sync_exam(exam=EXAM).external_id, None),
    "heartbeat": (lambda v: v.heartbeat_plan(), HeartbeatPlan()),
    "onboarding": (
        lambda v: v.onboarding_status(query=OnboardingQuery(course_id="c")),
        OnboardingPage(profiles=()),
    ),
    "health": (lambda v: v.health_check().ok, True),
    "routes": (lambda v: v.routes, ()),
    "poll": (lambda v: v.poll_reviews(attempts=(ATTEMPT,)), ()),
    "instructions": (
        lambda v: v.learner_instructions(exam=EXAM, attempt=ATTEMPT, language="en"),
        Instructions(),
    ),
    "label": (lambda v: v.report_label(status=ReviewStatus.VIOLATION), "Rules Violation"),
    "passed": (lambda v: v.classify_review(review=facts(ReviewStatus.PASSED)), "verify"),
    "violation": (lambda v: v.classify_review(review=facts(ReviewStatus.VIOLATION)), "verify"),
    "suspicious": (
        lambda v: v.classify_review(review=facts(ReviewStatus.SUSPICIOUS)),
        Classification.SECOND_REVIEW_COURSE_TEAM,
    ),
    "unreviewed": (lambda v: v.classify_review(review=facts(ReviewStatus.NOT_REVIEWED)), "wait"),
    "pass": (
        lambda v: v.apply_decision(decision=decision(DecisionKind.PASS)),
        DecisionOutcome(status=AttemptStatus.VERIFIED),
    ),
    "fail": (
        lambda v: v.apply_decision(decision=decision(DecisionKind.FAIL)),
        DecisionOutcome(status=AttemptStatus.REJECTED),
    ),
    "escalate": (
        lambda v: v.apply_decision(decision=decision(DecisionKind.ESCALATE)),
        DecisionOutcome(
            status=AttemptStatus.SECOND_REVIEW_REQUIRED, escalate_to=ReviewOwner.COURSE_TEAM
        ),
    ),
    "retire": (lambda v: v.retire_learner(pseudonym="p").confirmed, False),
    "authenticate": (
        lambda v: v.authenticate_callback(request=callback()),
        Refused(status=401, reason="the vendor's plugin did not authenticate the call"),
    ),
    "decide": (
        lambda v: v.authorize_decision(decision=decision(DecisionKind.PASS)),
        Permission(allowed=False, reason="this vendor's plugin names nobody who decides"),
    ),
}


@pytest.mark.parametrize("case", DEFAULTS)
def test_default_flow(bare: Vendor, case: str) -> None:
    ask, expected = DEFAULTS[case]
    assert ask(bare) == expected


def test_default_flow_refuses_registration_and_has_no_launch(bare: Vendor) -> None:
    with pytest.raises(VendorRejected) as refused:
        bare.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert (refused.value.status, refused.value.retryable) == (501, False)
    with pytest.raises(HookNotAnswered, match=r"launch_session of vendor bare \(plugin minimal"):
        bare.launch_session(exam=EXAM, attempt=ATTEMPT, language="en")


def test_default_flow_reads_and_answers_callbacks(bare: Vendor) -> None:
    (event,) = bare.parse_callback(request=callback())
    assert isinstance(event, Unrecognised)
    good = CallbackOutcome(status=200, code="applied")
    assert bare.acknowledge_callback(request=callback(), outcome=good) == Answer(
        status=200, body='"OK"'
    )
    bad = CallbackOutcome(status=404, code="unmatched", detail="no such attempt")
    answer = bare.acknowledge_callback(request=callback(), outcome=bad)
    assert isinstance(answer, Answer)
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.body) == {
        "type": "/problems/unmatched",
        "title": "unmatched",
        "status": 404,
        "detail": "no such attempt",
    }


@pytest.mark.parametrize(
    ("hook", "value", "complaint"),
    [
        ("heartbeat_plan", {"interval": 3}, "answered dict, not HeartbeatPlan"),
        ("register_attempt", "id", "answered str, not Registered | OnboardingRefused"),
        ("register_attempt", Registered(external_id=" "), "a registration without an external id"),
        (
            "register_attempt",
            OnboardingRefused(status=AttemptStatus.ERROR),
            "status error, which is no onboarding refusal",
        ),
        ("poll_reviews", [], "answered list, not tuple of SessionReady"),
        ("poll_reviews", (NoticeAnswer(),), "answered tuple of NoticeAnswer, not tuple of"),
        ("classify_review", "verify", "answered str, not Classification"),
    ],
)
def test_answer_of_another_type(
    monkeypatch: pytest.MonkeyPatch, hook: str, value: object, complaint: str
) -> None:
    vendor = answers(monkeypatch, hook, value)
    arguments: dict[str, dict[str, object]] = {
        "register_attempt": {"exam": EXAM, "learner": LEARNER, "attempt": ATTEMPT},
        "poll_reviews": {"attempts": ()},
        "classify_review": {"review": facts(ReviewStatus.PASSED)},
    }
    with pytest.raises(WrongHookResult) as raised:
        getattr(vendor, hook)(**arguments.get(hook, {}))
    assert complaint in str(raised.value)
    assert "plugin acme of" in str(raised.value)


@pytest.mark.parametrize("error", [KeyError("jane@example.org"), SystemExit(2)])
def test_defect_of_a_plugin_is_named_without_its_text(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    vendor = answers(monkeypatch, "heartbeat_plan", fail)
    with pytest.raises(
        HookRaised, match=f"heartbeat_plan of vendor acme .*{type(error).__name__}"
    ) as raised:
        vendor.heartbeat_plan()
    assert raised.value.__cause__ is error
    assert "jane" not in str(raised.value)


@pytest.mark.parametrize("error", [VendorUnavailable("down"), ConfigurationError("host")])
def test_vendor_and_configuration_errors_pass_as_they_are(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        answers(monkeypatch, "heartbeat_plan", fail).heartbeat_plan()
    assert raised.value is error


def test_fake_vendor_whole_flow(vendor: Vendor) -> None:
    fake = fake_of(vendor)
    fake.refuse_with = AttemptStatus.ONBOARDING_MISSING
    refused = vendor.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert refused == OnboardingRefused(status=AttemptStatus.ONBOARDING_MISSING)
    fake.refuse_with = None
    first = vendor.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    again = vendor.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert first != again
    plan = vendor.launch_session(exam=EXAM, attempt=ATTEMPT, language="en")
    assert isinstance(plan, RedirectPlan)
    assert fake.told[0].arguments["learner"] is LEARNER
    assert fake.hooks_told() == ["register_attempt"] * 3


def test_fake_vendor_callbacks(vendor: Vendor) -> None:
    assert vendor.authenticate_callback(request=callback(caller="client")) == Accepted(
        caller="client"
    )
    assert isinstance(vendor.authenticate_callback(request=callback()), Refused)
    ready = vendor.parse_callback(request=callback(route="ready", body=b"anything"))
    assert ready == (SessionReady(attempt=AttemptRef(external_id="x")),)
    body = review_body(
        "suspicious", [{"start": 1, "text": "phone", "status": "rules_violation"}], order="7"
    )
    (review,) = vendor.parse_callback(request=callback(body=body))
    assert isinstance(review, ReviewReceived)
    assert (review.status, review.order) == (ReviewStatus.SUSPICIOUS, "7")
    assert review.incidents[0].status == "Rules Violation"
    assert review.incidents[0].original_status == "rules_violation"
    (unread,) = vendor.parse_callback(request=callback(body=b'{"status": "odd"}'))
    assert isinstance(unread, Unrecognised)
    assert unread.reason.startswith("status: ")


def test_fake_vendor_dashboard_and_policy() -> None:
    vendor = registry(account(second_review_owner="support")).get("acme")
    viewer = Viewer(id="1", full_name="", email="", role="course_team")
    shown = vendor.render_dashboard(
        request=DashboardRequest(scope=DashboardScope.EXAM, course_id="c", viewer=viewer)
    )
    assert isinstance(shown, DashboardEmbed)
    assert vendor.classify_review(review=facts(ReviewStatus.SUSPICIOUS)) is (
        Classification.SECOND_REVIEW_SUPPORT
    )
    assert vendor.authorize_decision(decision=decision(DecisionKind.PASS)).allowed
    assert not vendor.authorize_decision(decision=decision(DecisionKind.ESCALATE)).allowed
