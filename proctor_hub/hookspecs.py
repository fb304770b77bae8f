"""The vendor contract: every hook, typed.

The life of a session, and the order in which hooks fire::

    load        ── describe_vendor, callback_routes
    operator    ── rules_catalog, health_check (on pages, in CLI)
    exam saved  ── sync_exam
    learner     ── sync_exam (if the vendor does not know the exam yet)
                ── register_attempt ──► Registered | OnboardingRefused
                ── launch_session, learner_instructions, onboarding_status
    vendor      ── authenticate_callback ► parse_callback (SessionReady) ► acknowledge_callback
    learner     ── session_started
                ── heartbeat_plan (the exam page watches the proctoring software)
                ── session_stopped | session_errored
    vendor      ── authenticate_callback ► parse_callback (ReviewReceived) ► classify_review
                ► acknowledge_callback
    clock       ── poll_reviews (vendors that cannot call back) ► classify_review
    staff       ── render_dashboard, report_label
                ── authorize_decision ► apply_decision ── session_decided
    reset       ── session_removed            erasure ── retire_learner

Each configured vendor account has its own plugin manager: the default flow at the bottom, the
vendor's plugin on top. Every hook is ``firstresult``: returning ``None`` falls through to the
default flow; a hook nobody answers is :class:`~proctor_hub.errors.HookNotAnswered`.

Hooks take frozen values as keyword arguments and return values. They never see the database, never
call the host, never change state. A hook that calls its vendor raises a
:class:`~proctor_hub.errors.VendorError`; retries and persistence belong to the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pluggy

from proctor_hub.contract_versions import PROJECT, hookspec
from proctor_hub.domain.reviews import Classification
from proctor_hub.domain.words import DecisionKind, ReviewStatus
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
    LaunchPlan,
    NoticeAnswer,
    OnboardingPage,
    OnboardingQuery,
    Registration,
    RulesCatalog,
)
from proctor_hub.vendors.receiving import (
    Acknowledgement,
    Authentication,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    CallbackRoute,
)
from proctor_hub.vendors.rendering import Dashboard, DashboardRequest, Instructions
from proctor_hub.vendors.subjects import Attempt, Capability, Exam, Learner, VendorDescription

hookimpl = pluggy.HookimplMarker(PROJECT)


class LaunchingSessions:
    """Family one: from the vendor's description to the end of a session."""

    @hookspec(since="0.1")
    def describe_vendor(self) -> VendorDescription | None:
        """Say what this vendor is and can do. Called at load; no I/O. Mandatory."""

    @hookspec(since="0.1")
    def rules_catalog(self, language: str) -> RulesCatalog | None:
        """The binary rules offered, labelled in ``language`` (BCP 47). May call the vendor."""

    @hookspec(since="0.1")
    def sync_exam(self, exam: Exam) -> ExamSynced | None:
        """Create or update the exam at the vendor; return the id it now has there."""

    @hookspec(since="0.1")
    def register_attempt(
        self, exam: Exam, learner: Learner, attempt: Attempt
    ) -> Registration | None:
        """Open a session at the vendor. Within a learner's request: short time-out. Mandatory for
        vendors with any exam type; the default flow refuses."""

    @hookspec(since="0.1")
    def launch_session(self, exam: Exam, attempt: Attempt, language: str) -> LaunchPlan | None:
        """How the learner gets into the registered session. Called again on each page view."""

    @hookspec(since="0.1")
    def session_started(self, exam: Exam, attempt: Attempt) -> NoticeAnswer | None:
        """Tell the vendor that the learner started. At least once; idempotent at the vendor."""

    @hookspec(since="0.1")
    def session_stopped(self, exam: Exam, attempt: Attempt) -> NoticeAnswer | None:
        """Tell the vendor that the exam is over and the session may be reviewed."""

    @hookspec(since="0.1")
    def session_errored(self, exam: Exam, attempt: Attempt) -> NoticeAnswer | None:
        """Tell the vendor that the attempt ended in an error."""

    @hookspec(since="0.1")
    def session_removed(self, exam: Exam, attempt: Attempt) -> NoticeAnswer | None:
        """Tell the vendor that the session counts no more (reset, replaced registration)."""

    @hookspec(since="0.1")
    def heartbeat_plan(self) -> HeartbeatPlan | None:
        """How the exam page watches the proctoring software. No I/O."""

    @hookspec(since="0.1")
    def onboarding_status(self, query: OnboardingQuery) -> OnboardingPage | None:
        """Onboarding profiles as the vendor has them; one learner's or a page of a course's."""

    @hookspec(since="0.1")
    def health_check(self) -> Health | None:
        """Whether the vendor answers, with our credentials."""


class ReceivingReviews:
    """Family two: what the vendor tells us."""

    @hookspec(since="0.1")
    def callback_routes(self) -> tuple[CallbackRoute, ...] | None:
        """The paths this vendor's systems call. No I/O."""

    @hookspec(since="0.1")
    def authenticate_callback(self, request: CallbackRequest) -> Authentication | None:
        """Prove that the call comes from the vendor. The default flow refuses with 401."""

    @hookspec(since="0.1")
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...] | None:
        """Turn the vendor's words into events. What makes no sense is ``Unrecognised``; an
        exception is a defect of the plugin (the raw bytes are kept all the same)."""

    @hookspec(since="0.1")
    def acknowledge_callback(
        self, request: CallbackRequest, outcome: CallbackOutcome
    ) -> Acknowledgement | None:
        """What the vendor is answered; called after the commit. The default flow answers the
        outcome's status: ``"OK"`` on success, problem JSON otherwise. The host adds its security
        headers: HTML runs no script and no style of its own."""

    @hookspec(since="0.1")
    def poll_reviews(self, attempts: tuple[Attempt, ...]) -> tuple[CallbackEvent, ...] | None:
        """Ask a vendor that cannot call back for news about these attempts.

        Called every ``poll_every`` for all open attempts that have a session, at most 50 at a time.
        Events may be about these attempts only; others are refused. Tell what the vendor has now:
        the host knows what was told before and applies what is new, so the same answer changes
        nothing. A vendor that is not well is a ``VendorError``; the rest waits for the next round.
        """


class RenderingDashboards:
    """Family three: what staff and learners see of the vendor."""

    @hookspec(since="0.1")
    def render_dashboard(self, request: DashboardRequest) -> Dashboard | None:
        """The vendor's dashboard in the asked scope. No call to the vendor: sign a link."""

    @hookspec(since="0.1")
    def learner_instructions(
        self, exam: Exam, attempt: Attempt, language: str
    ) -> Instructions | None:
        """What the learner is told to do before the start."""

    @hookspec(since="0.1")
    def report_label(self, status: ReviewStatus) -> str | None:
        """The vendor's label of a review status in reports; the default is domain §4's."""


class HandlingDecisions:
    """Family four: the vendor's policy on reviews and on who decides."""

    @hookspec(since="0.1")
    def classify_review(self, review: ReviewFacts) -> Classification | None:
        """What a review means: verified, second review (whose), rejected, or wait."""

    @hookspec(since="0.1")
    def authorize_decision(self, decision: DecisionRequest) -> Permission | None:
        """Who may decide at this stage of this vendor's flow. The default flow refuses."""

    @hookspec(since="0.1")
    def apply_decision(self, decision: DecisionRequest) -> DecisionOutcome | None:
        """What a permitted decision does."""

    @hookspec(since="0.1")
    def session_decided(
        self, exam: Exam, attempt: Attempt, kind: DecisionKind
    ) -> NoticeAnswer | None:
        """Tell the vendor what a person on our side decided. At least once, in order; not called
        for decisions made in the vendor's own dashboard."""

    @hookspec(since="0.1")
    def retire_learner(self, pseudonym: str) -> RetirementReceipt | None:
        """Erase the learner at the vendor."""


class VendorSpec(LaunchingSessions, ReceivingReviews, RenderingDashboards, HandlingDecisions):
    """The whole vendor contract."""


MANDATORY_HOOKS = frozenset(
    {
        "describe_vendor",
        "register_attempt",
        "launch_session",
        "callback_routes",
        "authenticate_callback",
        "parse_callback",
        "classify_review",
        "authorize_decision",
    }
)
"""Hooks every vendor's own object implements."""

CAPABILITY_HOOKS: Mapping[Capability, frozenset[str]] = MappingProxyType(
    {
        Capability.EXAM_SYNC: frozenset({"sync_exam"}),
        Capability.RULES_CATALOG: frozenset({"rules_catalog"}),
        Capability.SESSION_NOTICES: frozenset(
            {"session_started", "session_stopped", "session_errored"}
        ),
        Capability.SESSION_REMOVAL: frozenset({"session_removed"}),
        Capability.DECISION_NOTICES: frozenset({"session_decided"}),
        Capability.HEARTBEAT: frozenset({"heartbeat_plan"}),
        Capability.ONBOARDING: frozenset({"onboarding_status"}),
        Capability.POLLING: frozenset({"poll_reviews"}),
        Capability.DASHBOARD: frozenset({"render_dashboard"}),
        Capability.LEARNER_RETIREMENT: frozenset({"retire_learner"}),
        Capability.HEALTH_CHECK: frozenset({"health_check"}),
    }
)
"""Each declared capability, and the hooks the vendor's own object must implement for it."""
