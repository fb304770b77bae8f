"""The hooks that may call the vendor, each called as the host calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from proctor_hub.domain.words import DecisionKind
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import OnboardingQuery
from proctor_hub.vendors.subjects import Attempt, Exam, Learner

LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the hooks of one session are asked about."""

    exam: Exam
    learner: Learner
    attempt: Attempt


Call = Callable[[Vendor, Subject], Any]

NOTICES: Mapping[str, Call] = MappingProxyType(
    {
        "session_started": lambda v, s: v.session_started(exam=s.exam, attempt=s.attempt),
        "session_stopped": lambda v, s: v.session_stopped(exam=s.exam, attempt=s.attempt),
        "session_errored": lambda v, s: v.session_errored(exam=s.exam, attempt=s.attempt),
        "session_decided": lambda v, s: v.session_decided(
            exam=s.exam, attempt=s.attempt, kind=DecisionKind.PASS
        ),
        "session_removed": lambda v, s: v.session_removed(exam=s.exam, attempt=s.attempt),
    }
)
"""Hooks that tell the vendor something, in the order in which a session meets them."""

ASKING: Mapping[str, Call] = MappingProxyType(
    {
        "rules_catalog": lambda v, s: v.rules_catalog(language=LANGUAGE),
        "sync_exam": lambda v, s: v.sync_exam(exam=s.exam),
        "register_attempt": lambda v, s: v.register_attempt(
            exam=s.exam, learner=s.learner, attempt=s.attempt
        ),
        "launch_session": lambda v, s: v.launch_session(
            exam=s.exam, attempt=s.attempt, language=LANGUAGE
        ),
        "learner_instructions": lambda v, s: v.learner_instructions(
            exam=s.exam, attempt=s.attempt, language=LANGUAGE
        ),
        "onboarding_status": lambda v, s: v.onboarding_status(
            query=OnboardingQuery(course_id=s.exam.course_id, pseudonym=s.learner.pseudonym)
        ),
        "poll_reviews": lambda v, s: v.poll_reviews(attempts=(s.attempt,)),
        "health_check": lambda v, s: v.health_check(),
    }
)
"""Hooks whose answer matters."""

LAST: Mapping[str, Call] = MappingProxyType(
    {"retire_learner": lambda v, s: v.retire_learner(pseudonym=s.learner.pseudonym)}
)
CALLS: Mapping[str, Call] = MappingProxyType({**ASKING, **NOTICES, **LAST})
"""Every hook that may call its vendor, those that end something last."""
