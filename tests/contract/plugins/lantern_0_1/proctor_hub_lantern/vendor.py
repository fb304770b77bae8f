"""The plugin, with families three and four."""

from __future__ import annotations

from datetime import timedelta

from proctor_hub import (
    Attempt,
    Classification,
    Dashboard,
    DashboardData,
    DashboardEmbed,
    DashboardLink,
    DashboardRequest,
    DashboardScope,
    DecisionKind,
    DecisionOutcome,
    DecisionRequest,
    Exam,
    Instructions,
    NoticeAnswer,
    Permission,
    RetirementReceipt,
    ReviewFacts,
    ReviewOwner,
    ReviewStatus,
    Role,
    hookimpl,
)
from proctor_hub_lantern.launching import Launching
from proctor_hub_lantern.receiving import Receiving
from proctor_hub_lantern.settings import LanternSettings


class LanternPlugin(Launching, Receiving):
    """One object per configured account; keeps no state."""

    Settings = LanternSettings

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> Dashboard:
        if request.scope is not DashboardScope.COURSE:
            return DashboardData(sections={"Session": request.course_id})
        if request.viewer.role == Role.SUPPORT:
            return DashboardLink(url=f"{self.settings.base_url}/support")
        token = self.host.token("dashboard", request.course_id)
        return DashboardEmbed(
            url=f"{self.settings.base_url}/dashboard?token={token}",
            expires_at=self.host.now() + timedelta(minutes=2),
        )

    @hookimpl
    def learner_instructions(self, exam: Exam, attempt: Attempt, language: str) -> Instructions:
        step = "Zeigen Sie den Raum." if language == "de" else "Show your room."
        return Instructions(steps=(step,), download_url=f"{self.settings.base_url}/download")

    @hookimpl
    def report_label(self, status: ReviewStatus) -> str | None:
        return "Amber" if status is ReviewStatus.SUSPICIOUS else None

    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification | None:
        if review.status is ReviewStatus.SUSPICIOUS:
            return Classification.SECOND_REVIEW_SUPPORT
        return None

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        if decision.role is Role.SUPPORT or decision.owner is ReviewOwner.COURSE_TEAM:
            return Permission(allowed=True)
        return Permission(allowed=False, reason="with Lantern support decides first")

    @hookimpl
    def apply_decision(self, decision: DecisionRequest) -> DecisionOutcome | None:
        if decision.kind is DecisionKind.ESCALATE:
            return DecisionOutcome(
                status=decision.attempt_status, escalate_to=ReviewOwner.COURSE_TEAM
            )
        return None

    @hookimpl
    def session_decided(self, exam: Exam, attempt: Attempt, kind: DecisionKind) -> NoticeAnswer:
        return self.notice(attempt, f"decided/{kind}")

    @hookimpl
    def retire_learner(self, pseudonym: str) -> RetirementReceipt:
        self.call("DELETE", f"/learners/{pseudonym}")
        return RetirementReceipt(confirmed=True, detail="gone")
