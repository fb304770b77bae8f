"""The fake vendor's hooks, by family; see :mod:`proctor_hub.testing.fake_vendor`."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from proctor_hub import (
    Accepted,
    AccountBy,
    Attempt,
    AttemptRef,
    AttemptStatus,
    Authentication,
    CallbackEvent,
    CallbackRequest,
    CallbackRoute,
    Classification,
    Dashboard,
    DashboardEmbed,
    DashboardRequest,
    DecisionKind,
    DecisionRequest,
    Exam,
    ExamSynced,
    Health,
    HeartbeatPlan,
    Instructions,
    LaunchPlan,
    Learner,
    NoticeAnswer,
    OnboardingPage,
    OnboardingQuery,
    OnboardingRefused,
    Permission,
    RedirectPlan,
    Refused,
    Registered,
    Registration,
    RetirementReceipt,
    ReviewFacts,
    ReviewOwner,
    ReviewStatus,
    Role,
    RulesCatalog,
    SessionReady,
    hookimpl,
)
from proctor_hub.testing.fake_body import parse_review
from proctor_hub.testing.fake_state import FakeBase


class FakeLaunching(FakeBase):
    """Launching sessions."""

    @hookimpl
    def rules_catalog(self, language: str) -> RulesCatalog:
        """Two rules, one worded as a permission."""
        self.hear("rules_catalog", language=language)
        return RulesCatalog(
            labels={"allow_notes": "Allow written notes", "no_phone": "Forbid phones"}
        )

    @hookimpl
    def sync_exam(self, exam: Exam) -> ExamSynced:
        """The exam keeps its id at the vendor."""
        self.hear("sync_exam", exam=exam)
        return ExamSynced(external_id=exam.external_id or self.new_id("exam"))

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        """A new session, or the refusal the test asked for."""
        self.hear("register_attempt", exam=exam, learner=learner, attempt=attempt)
        if self.refuse_with is not None:
            return OnboardingRefused(status=self.refuse_with)
        return Registered(external_id=self.new_id(self.host.slug))

    @hookimpl
    def launch_session(self, attempt: Attempt) -> LaunchPlan:
        """A redirect to the vendor's own page."""
        session = quote(attempt.external_id or "", safe="")
        return RedirectPlan(
            url=f"{self.settings.base_url}/session/{session}",
            instructions=("Open the page.", "Show your room."),
        )

    @hookimpl
    def session_started(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Taken."""
        self.hear("session_started", exam=exam, attempt=attempt)
        return NoticeAnswer()

    @hookimpl
    def session_stopped(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Taken, where the settings say that there is such a call."""
        self.hear("session_stopped", exam=exam, attempt=attempt)
        return NoticeAnswer(needed=self.settings.has_stop_call)

    @hookimpl
    def session_errored(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Taken."""
        self.hear("session_errored", exam=exam, attempt=attempt)
        return NoticeAnswer()

    @hookimpl
    def session_removed(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """Taken."""
        self.hear("session_removed", exam=exam, attempt=attempt)
        return NoticeAnswer()

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        """Every 10 s, 30 s grace, then submitted."""
        return HeartbeatPlan(interval=timedelta(seconds=10), url=self.settings.heartbeat_url)

    @hookimpl
    def onboarding_status(self, query: OnboardingQuery) -> OnboardingPage:
        """Nobody has a profile here: the host's own events make them."""
        self.hear("onboarding_status", query=query)
        return OnboardingPage(profiles=())

    @hookimpl
    def health_check(self) -> Health:
        """Well, unless the test lets it fail."""
        self.hear("health_check")
        return Health(ok=True, detail="acme answers")


class FakeReceiving(FakeBase):
    """Receiving reviews: the account is known by its hub-minted token."""

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        """Ready and reviewed."""
        return tuple(
            CallbackRoute(
                name=name,
                method="POST",
                path=f"/callbacks/acme/{{external_id}}/{name}",
                account=AccountBy.TOKEN,
            )
            for name in ("ready", "reviewed")
        )

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        """The host verified the token; without one, 401."""
        if request.caller is None:
            return Refused(status=401, reason="no token of this account")
        return Accepted(caller=request.caller)

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        """The session's id is in the path; only reviews have a body that matters."""
        attempt = AttemptRef(external_id=request.path_params["external_id"])
        if request.route == "ready":
            return (SessionReady(attempt=attempt),)
        return (parse_review(request.body, attempt),)

    @hookimpl
    def poll_reviews(self, attempts: tuple[Attempt, ...]) -> tuple[CallbackEvent, ...]:
        """The news that the test put there about these attempts, again at each poll."""
        self.hear("poll_reviews", attempts=attempts)
        return tuple(
            event for attempt in attempts for event in self.news.get(attempt.external_id or "", ())
        )


class FakeRendering(FakeBase):
    """Rendering dashboards."""

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> Dashboard:
        """An embedded page of what was asked for and nothing else, good for a minute."""
        about = (request.exam and request.exam.content_id, request.attempt and request.attempt.code)
        ends = self.host.now() + timedelta(minutes=1)
        until = int(ends.timestamp())
        token = self.host.token("dashboard", repr((request.scope, request.course_id, about, until)))
        return DashboardEmbed(
            url=f"{self.settings.base_url}/dashboard/{request.scope}?token={token}&until={until}",
            expires_at=ends,
        )

    @hookimpl
    def learner_instructions(self) -> Instructions:
        """Two steps and a download."""
        return Instructions(
            steps=("Install the software.", "Show your room."),
            download_url=f"{self.settings.base_url}/download",
        )


class FakeDeciding(FakeBase):
    """Handling staff decisions, by the owner the settings name."""

    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification | None:
        """A suspicious review goes to the settings' owner; the rest is the default flow's."""
        if review.status is not ReviewStatus.SUSPICIOUS:
            return None
        if self.settings.second_review_owner is ReviewOwner.SUPPORT:
            return Classification.SECOND_REVIEW_SUPPORT
        return Classification.SECOND_REVIEW_COURSE_TEAM

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        """Support and course team, second reviews in their queue only; only support escalates. The
        host's rules apply on top."""
        if decision.role not in (Role.SUPPORT, Role.COURSE_TEAM):
            return Permission(allowed=False, reason="only support and the course team decide")
        waits = decision.attempt_status is AttemptStatus.SECOND_REVIEW_REQUIRED
        if waits and decision.owner is not None and decision.owner.value != decision.role.value:
            return Permission(allowed=False, reason=f"it lies with {decision.owner}")
        if decision.kind is DecisionKind.ESCALATE and decision.role is not Role.SUPPORT:
            return Permission(allowed=False, reason="only support escalates")
        return Permission(allowed=True)

    @hookimpl
    def session_decided(self, exam: Exam, attempt: Attempt, kind: DecisionKind) -> NoticeAnswer:
        """Taken."""
        self.hear("session_decided", exam=exam, attempt=attempt, kind=kind)
        return NoticeAnswer()

    @hookimpl
    def retire_learner(self, pseudonym: str) -> RetirementReceipt:
        """Gone."""
        self.hear("retire_learner", pseudonym=pseudonym)
        return RetirementReceipt(confirmed=True)
