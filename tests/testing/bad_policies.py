"""The sound vendor with one flaw each: callbacks, words, life cycles, dashboards, decisions."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from proctor_hub import (
    Accepted,
    Answer,
    AttemptStatus,
    Classification,
    DashboardEmbed,
    DecisionOutcome,
    ExamType,
    Permission,
    Refused,
    ReviewReceived,
    ReviewStatus,
    Role,
    Unrecognised,
    VendorRejected,
    hookimpl,
)
from proctor_hub.testing.fake_vendor import FakeVendor
from tests.testing.flaws import fails
from tests.testing.sound import Sound


@fails("callbacks-authentic")
class RefusesItsVendor(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        return Refused(status=401, reason="nobody is trusted")


@fails("callbacks-proof", "callbacks-signed")
class TrustsEverybody(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        return Accepted(caller="whoever")


@fails("callbacks-flipped")
class ComparesTheBeginning(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        key = self.settings.signing_key.get_secret_value().encode()
        sent_at = request.headers.get("x-sent-at", "").encode()
        wanted = hmac.new(key, sent_at + b"." + request.body, "sha256").hexdigest()
        if request.headers.get("x-signature", "")[:8] != wanted[:8]:
            return Refused(status=401, reason="the signature is wrong")
        return Accepted(caller="sound")


@fails("callbacks-stale")
class NeverForgets(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        answer = super().authenticate_callback(request)
        stale = isinstance(answer, Refused) and "stale" in answer.reason
        return Accepted(caller="sound") if stale else answer


@fails("callbacks-other-account")
class OneKeyForAll(Sound):
    first: ClassVar[list[Any]] = []

    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        self.first.append(self.settings)
        self.settings = self.first[0]
        return super().authenticate_callback(request)


class Reading(Sound):
    """Reads reviews in its own way."""

    def review(self, attempt: Any, body: bytes) -> Any:
        return self.changed(super().review(attempt, body))

    def changed(self, event: Any) -> Any:
        raise NotImplementedError


@fails("callbacks-repeated")
class ComplainsOfRepetition(Sound):
    @hookimpl
    def acknowledge_callback(self, request: Any, outcome: Any) -> Any:
        if outcome.code == "unchanged":
            return Answer(status=409, body='"I know"')
        return None


@fails("callbacks-kept")
class RefusesReviews(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        if request.path_params["what"] == "reviewed":
            return Refused(status=401, reason="the word is unknown")
        return super().authenticate_callback(request)


@fails("words-table")
class TakesNoiseForClean(Reading):
    def changed(self, event: Any) -> Any:
        noisy = isinstance(event, ReviewReceived) and event.status is ReviewStatus.VIOLATION
        return replace(event, status=ReviewStatus.PASSED) if noisy else event


@fails("words-unknown")
class PassesTheUnknown(Sound):
    def review(self, attempt: Any, body: bytes) -> Any:
        found = super().review(attempt, body)
        if isinstance(found, Unrecognised):
            return ReviewReceived(attempt=attempt, status=ReviewStatus.PASSED)
        return found


@fails("words-nonsense")
class Raises(Sound):
    def review(self, attempt: Any, body: bytes) -> Any:
        import json

        json.loads(body)
        return super().review(attempt, body)


@fails("lifecycle-waits-for-ready")
class NeverReady(Sound):
    @hookimpl
    def parse_callback(self, request: Any) -> Any:
        if request.path_params["what"] == "ready":
            return (Unrecognised(reason="what is ready?"),)
        return super().parse_callback(request)


@fails("lifecycle-proctored")
class WaitsForEver(Sound):
    @hookimpl
    def classify_review(self, review: Any) -> Any:
        return Classification.WAIT


@fails("lifecycle-practice")
class NoPractice(Sound):
    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        if exam.exam_type is ExamType.PRACTICE:
            raise VendorRejected("no practice here", status=400)
        return super().register_attempt(exam, learner, attempt)


@fails("lifecycle-onboarding")
class RejectsOnboarding(Sound):
    @hookimpl
    def classify_review(self, review: Any) -> Any:
        return Classification.REJECT if review.exam_type is ExamType.ONBOARDING else None


class Linking(Sound):
    """Makes its dashboard links in its own way."""

    @hookimpl
    def render_dashboard(self, request: Any) -> Any:
        return self.linked(super().render_dashboard(request), request)

    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        raise NotImplementedError


@fails("dashboards-expire")
class LastsADay(Linking):
    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        return replace(dashboard, expires_at=self.host.now() + timedelta(days=1))


@fails("dashboards-scoped")
class OneDashboardForAll(Linking):
    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        return replace(dashboard, url=f"{self.settings.base_url}/dashboard")


@fails("dashboards-safe")
class NamesAsTheyAre(Linking):
    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        return replace(dashboard, url=f"{dashboard.url}&name={request.viewer.full_name}")


@fails("decisions-classified")
class TrustsTheSuspicious(Sound):
    @hookimpl
    def classify_review(self, review: Any) -> Any:
        return Classification.VERIFY


@fails("decisions-roles")
class LetsOperatorsDecide(Sound):
    @hookimpl
    def authorize_decision(self, decision: Any) -> Any:
        return Permission(allowed=decision.role in (Role.OPERATOR, Role.COURSE_TEAM), reason="no")


@fails("decisions-reachable", "decisions-through-the-host")
class NobodyDecides(Sound):
    @hookimpl
    def authorize_decision(self, decision: Any) -> Any:
        return Permission(allowed=False, reason="nobody decides")


@fails("decisions-outcome")
class FailsWhomTheTeamPassed(Sound):
    @hookimpl
    def apply_decision(self, decision: Any) -> Any:
        return DecisionOutcome(status=AttemptStatus.REJECTED)


@fails("hostile-raising", "hostile-wrong-types")
class Meddles(Sound):
    """Reaches for another plugin where it is built; the test puts that one right again."""

    def __init__(self, settings: Any, host: Any) -> None:
        super().__init__(settings, host)

        @hookimpl
        def health_check(self: Any) -> Any:
            raise RuntimeError("of no use any more")

        FakeVendor.health_check = health_check  # type: ignore[method-assign]
