"""The typed door to one vendor account: one method per hook (design §2).

Services call a :class:`Vendor` and nothing below it. Each method takes and returns what the hook
specification says (``proctor_hub.hookspecs``), and raises besides:

- :class:`~proctor_hub.errors.VendorError` and :class:`~proctor_hub.errors.ConfigurationError`, as
  the plugin raised them;
- :class:`~proctor_hub.errors.HookNotAnswered`: neither plugin nor default flow answered;
- :class:`~proctor_hub.errors.WrongHookResult`: the answer is of another type;
- :class:`~proctor_hub.errors.HookRaised`: the plugin raised anything else.
"""

from __future__ import annotations

from typing import Any

import pluggy

from proctor_hub.domain.reviews import Classification
from proctor_hub.domain.words import DecisionKind, ReviewStatus
from proctor_hub.vendors.calling import HookCalls, VendorIdentity
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


class Vendor:
    """One configured vendor account. Frozen after loading; safe to use from any thread."""

    def __init__(
        self,
        identity: VendorIdentity,
        manager: pluggy.PluginManager,
        implementation: object,
        hooks_implemented: frozenset[str],
    ) -> None:
        """Built by the loader; asks the plugin for its description and its routes.

        :raises proctor_hub.errors.PluginError: one of the two is not to be had.
        """
        self._identity = identity
        self._implementation = implementation
        self._hooks_implemented = hooks_implemented
        self._call: Any = HookCalls(identity, manager)
        self._description = self.describe_vendor()
        self._routes = self.callback_routes()

    def __repr__(self) -> str:
        return f"<Vendor {self._identity}>"

    @property
    def slug(self) -> str:
        """The account's slug: what courses, exams and clients refer to."""
        return self._identity.slug

    @property
    def plugin_name(self) -> str:
        """The entry point's name of the plugin that serves the account."""
        return self._identity.plugin

    @property
    def distribution(self) -> str:
        """The installed distribution the plugin comes from."""
        return self._identity.distribution

    @property
    def version(self) -> str:
        """That distribution's version."""
        return self._identity.version

    @property
    def description(self) -> VendorDescription:
        """What the vendor is and declares, as asked once at load."""
        return self._description

    @property
    def routes(self) -> tuple[CallbackRoute, ...]:
        """The paths the vendor's systems call, as asked once at load."""
        return self._routes

    @property
    def hooks_implemented(self) -> frozenset[str]:
        """Hooks the vendor's own object implements, not those left to the default flow."""
        return self._hooks_implemented

    @property
    def implementation(self) -> object:
        """The plugin's own object; for tests and diagnosis, never to call hooks on."""
        return self._implementation

    def can(self, capability: Capability) -> bool:
        """Whether the vendor declares ``capability`` (its hooks were checked at load)."""
        return capability in self._description.capabilities

    # launching sessions

    def describe_vendor(self) -> VendorDescription:
        """What the plugin says now; :attr:`description` is what counts."""
        answer: VendorDescription = self._call("describe_vendor")
        return answer

    def rules_catalog(self, *, language: str) -> RulesCatalog:
        """The binary rules offered, labelled in ``language`` (BCP 47)."""
        answer: RulesCatalog = self._call("rules_catalog", language=language)
        return answer

    def sync_exam(self, *, exam: Exam) -> ExamSynced:
        """Create or update the exam at the vendor; the id it now has there."""
        answer: ExamSynced = self._call("sync_exam", exam=exam)
        return answer

    def register_attempt(self, *, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        """Open a session at the vendor, or learn of its onboarding refusal."""
        answer: Registration = self._call(
            "register_attempt", exam=exam, learner=learner, attempt=attempt
        )
        return answer

    def launch_session(self, *, exam: Exam, attempt: Attempt, language: str) -> LaunchPlan:
        """How the learner gets into the registered session."""
        answer: LaunchPlan = self._call(
            "launch_session", exam=exam, attempt=attempt, language=language
        )
        return answer

    def session_started(self, *, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Tell the vendor that the learner started."""
        answer: NoticeAnswer = self._call("session_started", exam=exam, attempt=attempt)
        return answer

    def session_stopped(self, *, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Tell the vendor that the exam is over."""
        answer: NoticeAnswer = self._call("session_stopped", exam=exam, attempt=attempt)
        return answer

    def session_errored(self, *, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Tell the vendor that the attempt ended in an error."""
        answer: NoticeAnswer = self._call("session_errored", exam=exam, attempt=attempt)
        return answer

    def session_removed(self, *, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Tell the vendor that the session counts no more."""
        answer: NoticeAnswer = self._call("session_removed", exam=exam, attempt=attempt)
        return answer

    def heartbeat_plan(self) -> HeartbeatPlan:
        """How the exam page watches the proctoring software."""
        answer: HeartbeatPlan = self._call("heartbeat_plan")
        return answer

    def onboarding_status(self, *, query: OnboardingQuery) -> OnboardingPage:
        """Onboarding profiles as the vendor has them."""
        answer: OnboardingPage = self._call("onboarding_status", query=query)
        return answer

    def health_check(self) -> Health:
        """Whether the vendor answers, with our credentials."""
        answer: Health = self._call("health_check")
        return answer

    # receiving reviews

    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        """What the plugin says now; :attr:`routes` is what counts."""
        answer: tuple[CallbackRoute, ...] = self._call("callback_routes")
        return answer

    def authenticate_callback(self, *, request: CallbackRequest) -> Authentication:
        """Whether the call is proven to come from the vendor."""
        answer: Authentication = self._call("authenticate_callback", request=request)
        return answer

    def parse_callback(self, *, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        """The events in an authenticated call."""
        answer: tuple[CallbackEvent, ...] = self._call("parse_callback", request=request)
        return answer

    def acknowledge_callback(
        self, *, request: CallbackRequest, outcome: CallbackOutcome
    ) -> Acknowledgement:
        """What the vendor is answered, after the commit."""
        answer: Acknowledgement = self._call(
            "acknowledge_callback", request=request, outcome=outcome
        )
        return answer

    def poll_reviews(self, *, attempts: tuple[Attempt, ...]) -> tuple[CallbackEvent, ...]:
        """News about these attempts, from a vendor that cannot call back."""
        answer: tuple[CallbackEvent, ...] = self._call("poll_reviews", attempts=attempts)
        return answer

    # rendering dashboards

    def render_dashboard(self, *, request: DashboardRequest) -> Dashboard:
        """The vendor's dashboard in the asked scope."""
        answer: Dashboard = self._call("render_dashboard", request=request)
        return answer

    def learner_instructions(self, *, exam: Exam, attempt: Attempt, language: str) -> Instructions:
        """What the learner is told to do before the start."""
        answer: Instructions = self._call(
            "learner_instructions", exam=exam, attempt=attempt, language=language
        )
        return answer

    def report_label(self, *, status: ReviewStatus) -> str:
        """The label of a review status in reports."""
        answer: str = self._call("report_label", status=status)
        return answer

    # handling decisions

    def classify_review(self, *, review: ReviewFacts) -> Classification:
        """What a review means by this vendor's policy."""
        answer: Classification = self._call("classify_review", review=review)
        return answer

    def authorize_decision(self, *, decision: DecisionRequest) -> Permission:
        """Whether the vendor's flow lets this role decide at this stage."""
        answer: Permission = self._call("authorize_decision", decision=decision)
        return answer

    def apply_decision(self, *, decision: DecisionRequest) -> DecisionOutcome:
        """What a permitted decision does, and whether the vendor is told."""
        answer: DecisionOutcome = self._call("apply_decision", decision=decision)
        return answer

    def session_decided(self, *, exam: Exam, attempt: Attempt, kind: DecisionKind) -> NoticeAnswer:
        """Tell the vendor what a person on our side decided."""
        answer: NoticeAnswer = self._call("session_decided", exam=exam, attempt=attempt, kind=kind)
        return answer

    def retire_learner(self, *, pseudonym: str) -> RetirementReceipt:
        """Erase the learner at the vendor."""
        answer: RetirementReceipt = self._call("retire_learner", pseudonym=pseudonym)
        return answer
