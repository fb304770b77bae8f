"""The hooks that may call the vendor, each called as the host calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from proctor_hub.domain.words import DecisionKind, ExamType
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.subjects import Subject, a_subject
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import OnboardingQuery, Registered
from proctor_hub.vendors.subjects import Capability

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
        "rules_catalog": lambda v, s: v.rules_catalog(language="en"),
        "sync_exam": lambda v, s: v.sync_exam(exam=s.exam),
        "register_attempt": lambda v, s: v.register_attempt(
            exam=s.exam, learner=s.learner, attempt=s.attempt
        ),
        "launch_session": lambda v, s: v.launch_session(
            exam=s.exam, attempt=s.attempt, language="en"
        ),
        "learner_instructions": lambda v, s: v.learner_instructions(
            exam=s.exam, attempt=s.attempt, language="en"
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


def opened(bench: Bench, vendor: Vendor, exam_type: ExamType | None = None) -> Subject:
    """A subject whose exam is synced and whose attempt is registered at the vendor.

    The learner is admitted first, as far as the author says how (:meth:`VendorConformance.admit`).
    """
    bench.start_vendor()
    subject = a_subject(exam_type or bench.case.usual_exam_type)
    bench.case.given.admit(bench, subject.learner.pseudonym, subject.exam.course_id)
    if bench.case.can(Capability.EXAM_SYNC):
        known = vendor.sync_exam(exam=subject.exam).external_id
        subject = replace(subject, exam=replace(subject.exam, external_id=known))
    answer = vendor.register_attempt(
        exam=subject.exam, learner=subject.learner, attempt=subject.attempt
    )
    if not isinstance(answer, Registered):
        raise AssertionError(f"the vendor refused the registration: {answer.status}")
    return with_id(subject, answer.external_id)


def with_id(subject: Subject, external_id: str) -> Subject:
    """The subject as registered under this id."""
    return replace(subject, attempt=replace(subject.attempt, external_id=external_id))


def made_up(bench: Bench) -> Subject:
    """A subject with ids no vendor gave, for calls that never reach one."""
    subject = a_subject(bench.case.usual_exam_type)
    exam = replace(subject.exam, external_id="exam-of-nobody")
    return with_id(replace(subject, exam=exam), "session-of-nobody")
