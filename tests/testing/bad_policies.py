"""The sound vendor with one flaw each: callbacks, words, life cycles, dashboards, decisions."""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

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
from tests.testing.flaws import fails
from tests.testing.sound import Sound, signature


@fails("callbacks-authentic", "after the vendor said ready (answered 401) the attempt is created")
class RefusesItsVendor(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        return Refused(status=401, reason="nobody is trusted")


@fails("callbacks-proof", "without any proof is answered 200")
@fails("callbacks-signed", "not its body")
class TrustsEverybody(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        return Accepted(caller="whoever")


class Comparing(Sound):
    """Compares signatures in its own way."""

    def wanted(self, request: Any) -> str:
        key = self.settings.signing_key.get_secret_value()
        sent_at = request.headers.get("x-sent-at", "")
        return signature(key, sent_at, self.signed(request.path), request.body)


@fails("callbacks-proof", "without header x-signature is answered 200, as if that proved nothing")
class ChecksWhatIsThere(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        if "x-sent-at" in request.headers and "x-signature" not in request.headers:
            return Accepted(caller="sound")
        return super().authenticate_callback(request)


@fails("callbacks-proof", "whose header x-signature is empty: 200")
class ChecksWhatIsNotEmpty(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        if request.headers.get("x-signature") == "":
            return Accepted(caller="sound")
        return super().authenticate_callback(request)


@fails("callbacks-proof", "without body is answered 200, as if that proved nothing")
class ChecksNoEmptyBody(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        if not request.body and request.headers.get("x-signature"):
            return Accepted(caller="sound")
        return super().authenticate_callback(request)


@fails("callbacks-flipped", "header x-signature is cut short: 200")
class ComparesAsFarAsItGoes(Comparing):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        given = request.headers.get("x-signature", "")
        if len(given) > 32 and self.wanted(request).startswith(given):
            return Accepted(caller="sound")
        return super().authenticate_callback(request)


@fails("callbacks-other-session", "its proof does not cover the path")
class SignsNoPath(Sound):
    @staticmethod
    def signed(path: str) -> str:
        return ""


@fails("callbacks-flipped", "byte 8 of header x-signature")
class ComparesTheBeginning(Comparing):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        wanted = self.wanted(request)
        if request.headers.get("x-signature", "")[:8] != wanted[:8]:
            return Refused(status=401, reason="the signature is wrong")
        return Accepted(caller="sound")


@fails("callbacks-stale", "long past is answered 200")
class NeverForgets(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        answer = super().authenticate_callback(request)
        stale = isinstance(answer, Refused) and "stale" in answer.reason
        return Accepted(caller="sound") if stale else answer


@fails("callbacks-other-account", "taken for another one's")
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


@fails("callbacks-repeated", "second delivery of a review is answered 409")
class ComplainsOfRepetition(Sound):
    @hookimpl
    def acknowledge_callback(self, request: Any, outcome: Any) -> Any:
        if outcome.code == "unchanged":
            return Answer(status=409, body='"I know"')
        return None


@fails("callbacks-kept", "in quarantine")
class RefusesReviews(Sound):
    @hookimpl
    def authenticate_callback(self, request: Any) -> Any:
        if request.path_params["what"] == "reviewed":
            return Refused(status=401, reason="the word is unknown")
        return super().authenticate_callback(request)


@fails("words-table", "'noise' becomes passed")
class TakesNoiseForClean(Reading):
    def changed(self, event: Any) -> Any:
        noisy = isinstance(event, ReviewReceived) and event.status is ReviewStatus.VIOLATION
        return replace(event, status=ReviewStatus.PASSED) if noisy else event


@fails("words-unknown", "counts as passed")
class PassesTheUnknown(Sound):
    def review(self, attempt: Any, body: bytes) -> Any:
        found = super().review(attempt, body)
        if isinstance(found, Unrecognised):
            return ReviewReceived(attempt=attempt, status=ReviewStatus.PASSED)
        return found


@fails("words-unknown", "the vendor's word 'quibbled' is kept as 'other'")
class NamesTheUnknown(Sound):
    def review(self, attempt: Any, body: bytes) -> Any:
        found = super().review(attempt, body)
        if not isinstance(found, Unrecognised) or b"word" not in body:
            return found
        status = ReviewStatus.SUSPICIOUS
        return ReviewReceived(attempt=attempt, status=status, vendor_status="other")


@fails("words-nonsense", "parse_callback of vendor raises")
class Raises(Sound):
    def review(self, attempt: Any, body: bytes) -> Any:
        import json

        json.loads(body)
        return super().review(attempt, body)


@fails(
    "lifecycle-waits-for-ready", "after the vendor said ready (answered 422) the attempt is created"
)
class NeverReady(Sound):
    @hookimpl
    def parse_callback(self, request: Any) -> Any:
        if request.path_params["what"] == "ready":
            return (Unrecognised(reason="what is ready?"),)
        return super().parse_callback(request)


@fails("lifecycle-proctored", "ends as submitted, not verified")
class WaitsForEver(Sound):
    @hookimpl
    def classify_review(self, review: Any) -> Any:
        return Classification.WAIT


@fails("lifecycle-practice", "did not register a practice attempt")
class NoPractice(Sound):
    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        if exam.exam_type is ExamType.PRACTICE:
            raise VendorRejected("no practice here", status=400)
        return super().register_attempt(exam, learner, attempt)


@fails("lifecycle-onboarding", "ends as rejected, not verified")
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


@fails("dashboards-expire", "not within an hour")
class LastsADay(Linking):
    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        return replace(dashboard, expires_at=self.host.now() + timedelta(days=1))


@fails("dashboards-expire", "nothing that can be read in it says when it ends")
class NeverEnds(Linking):
    """Says that its links end, which they do not; a nonce makes each look new."""

    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        url, _, about = dashboard.url.partition("?")
        kept = [(name, text) for name, text in parse_qsl(about) if name not in ("until", "proof")]
        told = urlencode([*kept, ("nonce", secrets.token_hex(8))])
        proof = self.host.token("dashboard", told)
        return replace(dashboard, url=f"{url}?{told}&proof={proof}")


@fails(
    "dashboards-scoped", "can be read, opens the same as the attempt dashboard of session-of-nobody"
)
class OneDashboardForAll(Linking):
    """A signed link, good for a minute, with a nonce, for everything."""

    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        until = str(int(dashboard.expires_at.timestamp()))
        claims = json.dumps({"until": until, "jti": secrets.token_hex(8)}).encode()
        token = base64.urlsafe_b64encode(claims).decode().rstrip("=")
        proof = self.host.token("dashboard", token)
        url = f"{self.settings.base_url}/dashboard?token={token}.{proof}"
        return replace(dashboard, url=url)


@fails("dashboards-safe", "the attempt link holds ['\\r', '\\n', ' ']")
class NamesAsTheyAre(Linking):
    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        name = re.sub("[\"'<>]", "", request.viewer.full_name)
        return replace(dashboard, url=f"{dashboard.url}&name={name}")


@fails("dashboards-safe", "the attempt link holds ['\"', \"'\", '>']")
class IdsAsTheyCame(Linking):
    def linked(self, dashboard: DashboardEmbed, request: Any) -> Any:
        session = "" if request.attempt is None else request.attempt.external_id
        return replace(dashboard, url=f"{dashboard.url}&of={session}")


@fails("decisions-classified", "means verify")
class TrustsTheSuspicious(Sound):
    @hookimpl
    def classify_review(self, review: Any) -> Any:
        return Classification.VERIFY


@fails("decisions-roles", "by operator")
class LetsOperatorsDecide(Sound):
    @hookimpl
    def authorize_decision(self, decision: Any) -> Any:
        return Permission(allowed=decision.role in (Role.OPERATOR, Role.COURSE_TEAM), reason="no")


@fails("decisions-reachable", "may not pass its own second review")
@fails("decisions-through-the-host", "nobody decides")
class NobodyDecides(Sound):
    @hookimpl
    def authorize_decision(self, decision: Any) -> Any:
        return Permission(allowed=False, reason="nobody decides")


@fails("decisions-reachable", "support may pass a second review of course_team")
class AnyDeciderDecides(Sound):
    @hookimpl
    def authorize_decision(self, decision: Any) -> Any:
        decides = decision.role in (Role.SUPPORT, Role.COURSE_TEAM)
        return Permission(allowed=decides, reason="" if decides else "others do")


@fails("decisions-outcome", "pass ends as rejected")
class FailsWhomTheTeamPassed(Sound):
    @hookimpl
    def apply_decision(self, decision: Any) -> Any:
        return DecisionOutcome(status=AttemptStatus.REJECTED)
