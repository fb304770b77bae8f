"""Watchful, an invented vendor with a protocol of its own: the smallest complete plugin."""

from __future__ import annotations

import hmac
import json

from pydantic import SecretStr

from proctor_hub import (
    Accepted,
    AccountBy,
    Attempt,
    AttemptRef,
    Authentication,
    CallbackEvent,
    CallbackRequest,
    CallbackRoute,
    Classification,
    DecisionKind,
    DecisionRequest,
    Exam,
    ExamType,
    LaunchPlan,
    Learner,
    Permission,
    RedirectPlan,
    Refused,
    Registered,
    Registration,
    ReviewFacts,
    ReviewReceived,
    ReviewStatus,
    Role,
    SessionReady,
    Unrecognised,
    VendorDescription,
    VendorHost,
    VendorProtocolError,
    VendorSettings,
    hookimpl,
    raise_for_status,
)

VERDICTS = {"clean": ReviewStatus.PASSED, "suspicious": ReviewStatus.SUSPICIOUS}


class WatchfulSettings(VendorSettings):
    """``[vendors.watchful]``: where Watchful is, our key there, the key that signs its calls."""

    base_url: str
    api_key: SecretStr
    signing_key: SecretStr


class WatchfulPlugin:
    """One object per configured account; keeps no state."""

    Settings = WatchfulSettings

    def __init__(self, settings: WatchfulSettings, host: VendorHost) -> None:
        self.settings = settings
        self.host = host
        host.allow_url(settings.base_url)

    # [launching]
    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return VendorDescription(
            name="Watchful",
            capabilities=frozenset(),
            exam_types=frozenset({ExamType.PROCTORED}),
            second_review="Suspicious reviews go to the course team.",
        )

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        reply = self.host.http.request(
            "POST",
            f"{self.settings.base_url}/sessions",
            json={"learner": learner.pseudonym, "minutes": attempt.allowed_minutes},
            headers={"X-Api-Key": self.settings.api_key.get_secret_value()},
        )
        raise_for_status(reply)
        data = reply.json()
        if not isinstance(data, dict) or not isinstance(data.get("session"), str):
            raise VendorProtocolError("sessions: the answer has no session")
        return Registered(external_id=data["session"])

    @hookimpl
    def launch_session(self, attempt: Attempt) -> LaunchPlan:
        return RedirectPlan(url=f"{self.settings.base_url}/join/{attempt.external_id}")

    # [receiving]
    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        path = "/callbacks/watchful/{external_id}"
        return (CallbackRoute(name="news", method="POST", path=path, account=AccountBy.URL),)

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        key = self.settings.signing_key.get_secret_value().encode()
        wanted = hmac.new(key, request.body, "sha256").hexdigest().encode()
        given = request.headers.get("x-watchful-signature", "").encode("utf-8", "replace")
        if not hmac.compare_digest(wanted, given):
            return Refused(status=401, reason="the signature does not fit the body")
        return Accepted(caller="watchful")

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        attempt = AttemptRef(external_id=request.path_params["external_id"])
        try:
            news = json.loads(request.body)
        except ValueError:
            return (Unrecognised(reason="body: not JSON"),)
        word = news.get("news") if isinstance(news, dict) else None
        if word == "ready":
            return (SessionReady(attempt=attempt),)
        if isinstance(word, str) and word in VERDICTS:
            return (ReviewReceived(attempt=attempt, status=VERDICTS[word], vendor_status=word),)
        return (Unrecognised(reason="news: not ready, clean or suspicious"),)

    # [deciding]
    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification | None:
        return None  # the default: suspicious goes to the course team, the rest passes

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        if decision.kind is DecisionKind.ESCALATE or decision.role is not Role.COURSE_TEAM:
            return Permission(allowed=False, reason="with Watchful the course team decides")
        return Permission(allowed=True)
