"""A complete vendor with a protocol of its own, and no flaw: what the bad ones are made of.

Calls are JSON over HTTP with a key; callbacks are signed by HMAC over time, path and body.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from pydantic import Field, SecretStr

from proctor_hub import (
    Accepted,
    AccountBy,
    Attempt,
    AttemptRef,
    Authentication,
    CallbackEvent,
    CallbackRequest,
    CallbackRoute,
    Capability,
    Classification,
    Dashboard,
    DashboardEmbed,
    DashboardRequest,
    DecisionKind,
    DecisionRequest,
    Exam,
    ExamSynced,
    ExamType,
    Health,
    HeartbeatPlan,
    Incident,
    LaunchPlan,
    Learner,
    NoticeAnswer,
    OnboardingPage,
    OnboardingProfile,
    OnboardingQuery,
    OnboardingStatus,
    Permission,
    PersonalData,
    RedirectPlan,
    Refused,
    Registered,
    Registration,
    RetirementReceipt,
    ReviewFacts,
    ReviewReceived,
    ReviewStatus,
    Role,
    RulesCatalog,
    SessionReady,
    Unrecognised,
    VendorDescription,
    VendorError,
    VendorHost,
    VendorProtocolError,
    VendorRejected,
    VendorSettings,
    hookimpl,
    raise_for_status,
)

WORDS = {
    "spotless": ReviewStatus.PASSED,
    "noise": ReviewStatus.VIOLATION,
    "dubious": ReviewStatus.SUSPICIOUS,
    "unseen": ReviewStatus.NOT_REVIEWED,
}
FRESH = timedelta(minutes=5)
PATH = "/callbacks/sound/{external_id}/{what}"


class SoundSettings(VendorSettings):
    """``[vendors.sound]``."""

    base_url: Annotated[str, Field(min_length=1)]
    api_key: SecretStr
    signing_key: SecretStr


def signature(key: str, sent_at: str, path: str, body: bytes) -> str:
    """What proves a callback."""
    told = f"{sent_at}.{path}.".encode() + body
    return hmac.new(key.encode(), told, "sha256").hexdigest()


class Calling:
    """Settings, host, and one call of the vendor."""

    Settings = SoundSettings

    def __init__(self, settings: SoundSettings, host: VendorHost) -> None:
        self.settings = settings
        self.host = host
        host.allow_url(settings.base_url)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Api-Key": self.settings.api_key.get_secret_value()}
        url = self.settings.base_url + path
        reply = self.host.http.request(method, url, json=body, headers=headers)
        return self.answered(reply)

    def answered(self, reply: Any) -> Any:
        raise_for_status(reply)
        answer = reply.json()
        if not isinstance(answer, dict):
            raise VendorProtocolError("the answer is not a JSON object")
        return answer

    def known_id(self, answer: Any) -> str:
        found = answer.get("id")
        if not isinstance(found, str) or not found:
            raise VendorProtocolError("the answer has no id")
        return found


class Launching(Calling):
    """Launching sessions."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return VendorDescription(
            name="Sound",
            capabilities=frozenset(Capability) - {Capability.POLLING},
            exam_types=frozenset({ExamType.PROCTORED, ExamType.PRACTICE, ExamType.ONBOARDING}),
            personal_data=frozenset({PersonalData.FULL_NAME}),
            has_stop_call=True,
        )

    @hookimpl
    def rules_catalog(self, language: str) -> RulesCatalog:
        labels = self.call("GET", "/rules").get("labels")
        if not isinstance(labels, dict):
            raise VendorProtocolError("the rules are no object")
        return RulesCatalog(labels=labels)

    @hookimpl
    def sync_exam(self, exam: Exam) -> ExamSynced:
        body = {"id": exam.external_id, "name": exam.name}
        return ExamSynced(external_id=self.known_id(self.call("POST", "/exams", body)))

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        body = {"exam": exam.external_id, "learner": learner.pseudonym, "name": learner.full_name}
        return Registered(external_id=self.known_id(self.call("POST", "/sessions", body)))

    @hookimpl
    def launch_session(self, attempt: Attempt) -> LaunchPlan:
        return RedirectPlan(url=f"{self.settings.base_url}/join/{attempt.external_id}")

    @hookimpl
    def session_started(self, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "started")

    @hookimpl
    def session_stopped(self, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "stopped")

    @hookimpl
    def session_errored(self, attempt: Attempt) -> NoticeAnswer:
        return self.notice(attempt, "errored")

    @hookimpl
    def session_decided(self, attempt: Attempt, kind: DecisionKind) -> NoticeAnswer:
        return self.notice(attempt, f"decided-{kind}")

    @hookimpl
    def session_removed(self, attempt: Attempt) -> NoticeAnswer:
        try:
            self.call("DELETE", f"/sessions/{attempt.external_id}")
        except VendorRejected as error:
            if error.status != 404:
                raise
        return NoticeAnswer()

    def notice(self, attempt: Attempt, word: str) -> NoticeAnswer:
        self.call("PATCH", f"/sessions/{attempt.external_id}", {"status": word})
        return NoticeAnswer()

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        return HeartbeatPlan(interval=timedelta(seconds=10), url="http://localhost:7700/alive")

    @hookimpl
    def onboarding_status(self, query: OnboardingQuery) -> OnboardingPage:
        until = self.call("GET", f"/profiles/{query.pseudonym}").get("until")
        if not isinstance(until, int):
            raise VendorProtocolError("the profile has no end")
        profile = OnboardingProfile(
            pseudonym=query.pseudonym or "",
            status=OnboardingStatus.VERIFIED,
            expires_at=datetime.fromtimestamp(until, UTC),
        )
        return OnboardingPage(profiles=(profile,))

    @hookimpl
    def health_check(self) -> Health:
        try:
            self.call("GET", "/rules")
        except VendorError as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True)

    @hookimpl
    def retire_learner(self, pseudonym: str) -> RetirementReceipt:
        self.call("DELETE", f"/learners/{pseudonym}")
        return RetirementReceipt(confirmed=True)


class Receiving(Calling):
    """Receiving reviews."""

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        return (CallbackRoute(name="news", method="POST", path=PATH, account=AccountBy.URL),)

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        sent_at = request.headers.get("x-sent-at", "")
        key = self.settings.signing_key.get_secret_value()
        given = request.headers.get("x-signature", "")
        wanted = signature(key, sent_at, self.signed(request.path), request.body)
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            return Refused(status=401, reason="the signature is wrong")
        age = self.host.now().timestamp() - int(sent_at)
        if abs(age) > FRESH.total_seconds():
            return Refused(status=401, reason="the call is stale")
        return Accepted(caller=self.host.slug)

    @staticmethod
    def signed(path: str) -> str:
        """What of the path the vendor signs."""
        return path

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        attempt = AttemptRef(external_id=request.path_params["external_id"])
        return (self.event(attempt, request.path_params["what"], request.body),)

    def event(self, attempt: AttemptRef, what: str, body: bytes) -> CallbackEvent:
        return SessionReady(attempt=attempt) if what == "ready" else self.review(attempt, body)

    def review(self, attempt: AttemptRef, body: bytes) -> CallbackEvent:
        try:
            word = json.loads(body)["word"]
            status = WORDS[word]
        except (ValueError, TypeError, KeyError, RecursionError):
            return Unrecognised(reason="word: missing or unknown")
        incident = Incident(
            start=1.0, stop=2.0, duration=1.0, text="", status="", original_status=""
        )
        return ReviewReceived(
            attempt=attempt, status=status, incidents=(incident,), vendor_status=word
        )

    @hookimpl
    def poll_reviews(self, attempts: tuple[Attempt, ...]) -> tuple[CallbackEvent, ...]:
        return tuple(event for attempt in attempts for event in self.news_of(attempt))

    def news_of(self, attempt: Attempt) -> Iterator[CallbackEvent]:
        ref = AttemptRef(external_id=attempt.external_id)
        for one in self.call("GET", f"/sessions/{attempt.external_id}").get("news", ()):
            yield self.event(ref, one["what"], json.dumps(one).encode())


class Deciding(Calling):
    """Rendering dashboards, handling decisions."""

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> Dashboard:
        ends = self.host.now() + timedelta(minutes=1)
        about = {
            "scope": str(request.scope),
            "course": request.course_id,
            "exam": (request.exam and request.exam.external_id) or "",
            "session": (request.attempt and request.attempt.external_id) or "",
            "viewer": request.viewer.id,
            "until": str(int(ends.timestamp())),
        }
        query = urlencode(about, quote_via=quote)
        proof = self.host.token("dashboard", query)
        return DashboardEmbed(
            url=f"{self.settings.base_url}/dashboard?{query}&proof={proof}", expires_at=ends
        )

    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification | None:
        return None

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        if decision.role is not Role.COURSE_TEAM or decision.kind is DecisionKind.ESCALATE:
            return Permission(allowed=False, reason="the course team passes or fails")
        return Permission(allowed=True)


class Sound(Launching, Receiving, Deciding):
    """The whole vendor."""


class Polled(Sound):
    """The same, but for a vendor that cannot call back."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return replace(super().describe_vendor(), capabilities=frozenset(Capability))

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        return ()
