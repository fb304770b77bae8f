"""Family one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from proctor_hub import (
    Attempt,
    AttemptStatus,
    Capability,
    DownloadPlan,
    Exam,
    ExamCodePlan,
    ExamSynced,
    ExamType,
    FormPostPlan,
    Health,
    HeartbeatPlan,
    HttpReply,
    LaunchPlan,
    Learner,
    NoticeAnswer,
    OnboardingPage,
    OnboardingProfile,
    OnboardingQuery,
    OnboardingRefused,
    OnboardingStatus,
    OnLoss,
    PersonalData,
    RedirectPlan,
    Registered,
    Registration,
    RulesCatalog,
    RulesKind,
    VendorDescription,
    VendorHost,
    VendorProtocolError,
    VendorUnavailable,
    hookimpl,
    raise_for_status,
)
from proctor_hub_lantern.settings import LanternSettings


class Calling:
    """Settings, host, and one way to call Lantern."""

    def __init__(self, settings: LanternSettings, host: VendorHost) -> None:
        self.settings = settings
        self.host = host
        host.allow_url(settings.base_url)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> HttpReply:
        """One call with our key; any answer but a good one is a ``VendorError``."""
        reply = self.host.http.request(
            method,
            f"{self.settings.base_url}{path}",
            json=body,
            headers={"X-Api-Key": self.settings.api_key.get_secret_value()},
        )
        raise_for_status(reply)
        return reply

    def notice(self, attempt: Attempt, what: str) -> NoticeAnswer:
        """Tell Lantern something about a session."""
        self.call("POST", f"/sessions/{attempt.external_id}/{what}", {})
        return NoticeAnswer(detail=what)


class Launching(Calling):
    """From the description to the end of a session."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return VendorDescription(
            name="Lantern",
            capabilities=frozenset(Capability),
            exam_types=frozenset({ExamType.PROCTORED, ExamType.PRACTICE, ExamType.ONBOARDING}),
            rules_kind=RulesKind.BINARY,
            personal_data=frozenset({PersonalData.FULL_NAME}),
            readiness_lifetime=timedelta(minutes=20),
            onboarding_validity=timedelta(days=200),
            poll_every=timedelta(minutes=7),
            has_stop_call=True,
            second_review="Suspicious reviews go to support.",
            support_email="help@lantern.example",
        )

    @hookimpl
    def rules_catalog(self, language: str) -> RulesCatalog:
        return RulesCatalog(labels={"notes": "Notizen" if language == "de" else "Notes"})

    @hookimpl
    def sync_exam(self, exam: Exam) -> ExamSynced:
        reply = self.call("PUT", f"/exams/{exam.id}", {"name": exam.name, **exam.rules})
        return ExamSynced(external_id=str(reply.json()["id"]))

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        about = {
            "exam": exam.external_id,
            "learner": learner.pseudonym,
            "name": learner.full_name,
            "minutes": attempt.allowed_minutes,
        }
        data = self.call("POST", "/sessions", about).json()
        if data.get("onboarding") == "missing":
            return OnboardingRefused(status=AttemptStatus.ONBOARDING_MISSING)
        if not isinstance(data.get("session"), str):
            raise VendorProtocolError("sessions: the answer has no session")
        return Registered(external_id=data["session"])

    @hookimpl
    def launch_session(self, exam: Exam, attempt: Attempt, language: str) -> LaunchPlan:
        url = f"{self.settings.base_url}/join/{attempt.external_id}?language={language}"
        plans: dict[ExamType, LaunchPlan] = {
            ExamType.PROCTORED: RedirectPlan(url=url, instructions=("Open the page.",)),
            ExamType.PRACTICE: FormPostPlan(url=url, fields={"session": attempt.code}),
            ExamType.ONBOARDING: ExamCodePlan(exam_code=attempt.code, download_url=url),
        }
        return plans.get(exam.exam_type, DownloadPlan(download_url=url))

    @hookimpl
    def session_started(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "started")

    @hookimpl
    def session_stopped(self, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "stopped")

    @hookimpl
    def session_errored(self, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "errored")

    @hookimpl
    def session_removed(self, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "removed")

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        return HeartbeatPlan(interval=timedelta(seconds=15), on_loss=OnLoss.ERROR)

    @hookimpl
    def onboarding_status(self, query: OnboardingQuery) -> OnboardingPage:
        if query.pseudonym is None:
            return OnboardingPage(profiles=())
        profile = OnboardingProfile(pseudonym=query.pseudonym, status=OnboardingStatus.VERIFIED)
        return OnboardingPage(profiles=(profile,), next_cursor=None)

    @hookimpl
    def health_check(self) -> Health:
        try:
            self.call("GET", "/health")
        except VendorUnavailable as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True)
