"""Every hook, called as the host calls it; its specification says what it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_type_hints

from proctor_hub.domain.words import AttemptStatus, DecisionKind, ReviewOwner, ReviewStatus, Role
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.vendors import results
from proctor_hub.vendors.deciding import DecisionRequest, ReviewFacts
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import OnboardingQuery
from proctor_hub.vendors.receiving import CallbackOutcome, CallbackRequest
from proctor_hub.vendors.rendering import DashboardRequest, DashboardScope
from proctor_hub.vendors.subjects import Attempt, Exam, Learner, Viewer

LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the hooks of one session are asked about."""

    exam: Exam
    learner: Learner
    attempt: Attempt


Call = Callable[[Vendor, Subject], Any]

_ASKED: Mapping[Any, Callable[[Subject], Any]] = MappingProxyType(
    {
        "language": lambda s: LANGUAGE,
        "pseudonym": lambda s: s.learner.pseudonym,
        Exam: lambda s: s.exam,
        Learner: lambda s: s.learner,
        Attempt: lambda s: s.attempt,
        tuple[Attempt, ...]: lambda s: (s.attempt,),
        OnboardingQuery: lambda s: OnboardingQuery(
            course_id=s.exam.course_id, pseudonym=s.learner.pseudonym
        ),
        CallbackRequest: lambda s: CallbackRequest(
            route="news", method="POST", path="/callbacks/news", path_params={}, query={},
            headers={}, body=b"{}", source_address="127.0.0.1",
        ),
        CallbackOutcome: lambda s: CallbackOutcome(status=200, code="applied"),
        DashboardRequest: lambda s: DashboardRequest(
            scope=DashboardScope.COURSE,
            course_id=s.exam.course_id,
            viewer=Viewer(id="viewer", full_name="", email="", role="course_team"),
        ),
        ReviewStatus: lambda s: ReviewStatus.SUSPICIOUS,
        ReviewFacts: lambda s: ReviewFacts(
            status=ReviewStatus.SUSPICIOUS,
            exam_type=s.exam.exam_type,
            attempt_status=AttemptStatus.SUBMITTED,
            incident_count=1,
            revision=1,
        ),
        DecisionKind: lambda s: DecisionKind.PASS,
        DecisionRequest: lambda s: DecisionRequest(
            kind=DecisionKind.PASS,
            role=Role.COURSE_TEAM,
            exam_type=s.exam.exam_type,
            attempt_status=AttemptStatus.SECOND_REVIEW_REQUIRED,
            owner=ReviewOwner.COURSE_TEAM,
        ),
    }
)  # fmt: skip
"""An argument's type, or its name where it is a text → what stands there."""


def _call(hook: str) -> Call:
    types = get_type_hints(getattr(VendorSpec, hook))
    types.pop("return")
    asked = {name: _ASKED[name if kind is str else kind] for name, kind in types.items()}
    return lambda vendor, subject: getattr(vendor, hook)(
        **{name: given(subject) for name, given in asked.items()}
    )


def _calls(hooks: Iterable[str]) -> Mapping[str, Call]:
    return MappingProxyType({hook: _call(hook) for hook in hooks})


NOTICES = _calls(
    ("session_started", "session_stopped", "session_errored", "session_decided", "session_removed")
)
"""Hooks that tell the vendor something, in the order in which a session meets them."""

ASKING = _calls(
    ("rules_catalog", "sync_exam", "register_attempt", "launch_session", "learner_instructions",
     "onboarding_status", "poll_reviews", "health_check")
)  # fmt: skip
"""Hooks whose answer matters."""

LAST = _calls(("retire_learner",))
CALLS: Mapping[str, Call] = MappingProxyType({**ASKING, **NOTICES, **LAST})
"""Every hook that may call its vendor, those that end something last."""

HOOKS = _calls(sorted(results.HOOKS))
"""Every hook there is."""
