"""The default flow: what the host does where a vendor's plugin does not answer (design §2).

It refuses where silence would be trust (callbacks, decisions, registrations) and is neutral
elsewhere. ``describe_vendor`` and ``launch_session`` have no default: nobody can guess them.
"""

from __future__ import annotations

import json

from proctor_hub.domain.decisions import DecisionContext, outcome_of
from proctor_hub.domain.reviews import Classification
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import ReviewOwner, ReviewStatus
from proctor_hub.errors import VendorRejected
from proctor_hub.hookspecs import hookimpl
from proctor_hub.vendors.deciding import (
    DecisionOutcome,
    DecisionRequest,
    Permission,
    RetirementReceipt,
    ReviewFacts,
)
from proctor_hub.vendors.launching import (
    ExamSynced,
    Health,
    HeartbeatPlan,
    NoticeAnswer,
    OnboardingPage,
    Registration,
    RulesCatalog,
)
from proctor_hub.vendors.receiving import (
    Acknowledgement,
    Answer,
    Authentication,
    CallbackEvent,
    CallbackOutcome,
    CallbackRoute,
    Refused,
    Unrecognised,
)
from proctor_hub.vendors.rendering import Dashboard, DashboardData, Instructions

_CLASSIFIED = {
    ReviewStatus.PASSED: Classification.VERIFY,
    ReviewStatus.VIOLATION: Classification.VERIFY,
    ReviewStatus.SUSPICIOUS: Classification.SECOND_REVIEW_COURSE_TEAM,
    ReviewStatus.NOT_REVIEWED: Classification.WAIT,
}
_NO_SUCH_CALL = NoticeAnswer(needed=False, detail="this vendor has no such call")


def plain_answer(outcome: CallbackOutcome) -> Answer:
    """What is answered where no vendor has words of its own, or no vendor was found."""
    if 200 <= outcome.status <= 299:
        return Answer(status=outcome.status, body='"OK"')
    problem = {
        "type": f"/problems/{outcome.code}",
        "title": outcome.code,
        "status": outcome.status,
        "detail": outcome.detail,
    }
    return Answer(
        status=outcome.status, body=json.dumps(problem), content_type="application/problem+json"
    )


class _Launching:
    @hookimpl
    def rules_catalog(self) -> RulesCatalog:
        """No binary rules."""
        return RulesCatalog()

    @hookimpl
    def sync_exam(self) -> ExamSynced:
        """The vendor keeps no exams."""
        return ExamSynced(external_id=None)

    @hookimpl
    def register_attempt(self) -> Registration:
        """Refuse: an attempt without a session would be an exam without proctoring."""
        raise VendorRejected("This vendor does not register attempts.", status=501)

    @hookimpl
    def session_started(self) -> NoticeAnswer:
        """The vendor has no such call."""
        return _NO_SUCH_CALL

    @hookimpl
    def session_stopped(self) -> NoticeAnswer:
        """The vendor has no such call."""
        return _NO_SUCH_CALL

    @hookimpl
    def session_errored(self) -> NoticeAnswer:
        """The vendor has no such call."""
        return _NO_SUCH_CALL

    @hookimpl
    def session_removed(self) -> NoticeAnswer:
        """The vendor has no such call."""
        return _NO_SUCH_CALL

    @hookimpl
    def session_decided(self) -> NoticeAnswer:
        """The vendor has no such call."""
        return _NO_SUCH_CALL

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        """No heartbeat."""
        return HeartbeatPlan()

    @hookimpl
    def onboarding_status(self) -> OnboardingPage:
        """No profiles."""
        return OnboardingPage(profiles=())

    @hookimpl
    def health_check(self) -> Health:
        """Nothing known against it."""
        return Health(ok=True, detail="not checked: this vendor has no health check")


class _Receiving:
    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        """The vendor calls nothing."""
        return ()

    @hookimpl
    def authenticate_callback(self) -> Authentication:
        """Refuse: nothing proves who calls."""
        return Refused(status=401, reason="the vendor's plugin did not authenticate the call")

    @hookimpl
    def parse_callback(self) -> tuple[CallbackEvent, ...]:
        """Nothing here makes sense of it; the raw bytes are kept by the host."""
        return (Unrecognised(reason="the vendor's plugin does not read this callback"),)

    @hookimpl
    def acknowledge_callback(self, outcome: CallbackOutcome) -> Acknowledgement:
        """The outcome's honest status: ``"OK"`` on success, problem JSON otherwise."""
        return plain_answer(outcome)

    @hookimpl
    def poll_reviews(self) -> tuple[CallbackEvent, ...]:
        """No news."""
        return ()


class _Rendering:
    @hookimpl
    def render_dashboard(self) -> Dashboard:
        """The host shows what it stored."""
        return DashboardData()

    @hookimpl
    def learner_instructions(self) -> Instructions:
        """Nothing beyond the launch plan's own."""
        return Instructions()

    @hookimpl
    def report_label(self, status: ReviewStatus) -> str:
        """The label of domain §4."""
        return status.label


class _Deciding:
    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification:
        """Domain §4; a suspicious review goes to the course team."""
        return _CLASSIFIED[review.status]

    @hookimpl
    def authorize_decision(self) -> Permission:
        """Refuse: who decides is the vendor's policy."""
        return Permission(
            allowed=False, reason=noted("this vendor's plugin names nobody who decides")
        )

    @hookimpl
    def apply_decision(self, decision: DecisionRequest) -> DecisionOutcome:
        """Pass verifies, fail rejects, escalation gives the second review to the course team."""
        context = DecisionContext(
            status=decision.attempt_status,
            exam_type=decision.exam_type,
            review_owner=decision.owner,
        )
        verdict = outcome_of(decision.kind, context)
        if verdict is None:
            return DecisionOutcome(
                status=decision.attempt_status, escalate_to=ReviewOwner.COURSE_TEAM
            )
        return DecisionOutcome(status=verdict)

    @hookimpl
    def retire_learner(self) -> RetirementReceipt:
        """Not confirmed: the vendor has no such call, so an operator has it done elsewhere."""
        return RetirementReceipt(
            confirmed=False,
            detail="this vendor has no call for it: have it erased there, then confirm it by hand",
        )


class DefaultFlow(_Launching, _Receiving, _Rendering, _Deciding):
    """Every hook's default, but for ``describe_vendor`` and ``launch_session``."""
