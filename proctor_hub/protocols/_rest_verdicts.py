"""Hooks of the REST provider protocol that call nobody: callbacks, dashboards, decisions."""

from __future__ import annotations

from proctor_hub.domain.labels import listed
from proctor_hub.domain.reviews import Classification
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import DecisionKind, ExamType, ReviewStatus
from proctor_hub.hookspecs import hookimpl
from proctor_hub.protocols._rest_callbacks import READY, REVIEWED, ROUTES, parse_review
from proctor_hub.protocols._rest_client import segment
from proctor_hub.protocols._rest_dashboard import dashboard_link
from proctor_hub.protocols._rest_vendor import RestVendor
from proctor_hub.vendors.deciding import DecisionRequest, Permission, ReviewFacts
from proctor_hub.vendors.receiving import (
    Accepted,
    AttemptRef,
    Authentication,
    CallbackEvent,
    CallbackRequest,
    CallbackRoute,
    Refused,
    SessionReady,
    Unrecognised,
)
from proctor_hub.vendors.rendering import DashboardEmbed, DashboardRequest


class VerdictHooks(RestVendor):
    """Receiving reviews, rendering dashboards, handling staff decisions."""

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        """The two paths vendors already have configured."""
        return ROUTES

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        """By the hub's own token, which the host has verified and found to be this account's."""
        if not request.caller:
            return Refused(status=401, reason="no valid access token of this account")
        return Accepted(caller=request.caller)

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        """``ready`` whatever its body says; ``reviewed`` by its body. Never an exception."""
        external_id = request.path_params.get("external_id")
        if not external_id:
            return (Unrecognised(reason="external_id: missing in the path"),)
        attempt = AttemptRef(external_id=external_id)
        if request.route == READY:
            return (SessionReady(attempt=attempt),)
        if request.route == REVIEWED:
            return (parse_review(request.body, attempt, self.review_words),)
        return (Unrecognised(reason="route: not one of this protocol's"),)

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> DashboardEmbed:
        """The vendor's dashboard, inline, by a link that is signed and good for 60 seconds."""
        settings = self.settings
        path = settings.instructor_path or self.instructor_path
        return dashboard_link(
            request,
            settings.base_url + path.replace("{client_id}", segment(settings.client_id)),
            settings.client_id,
            settings.client_secret,
            self.host.now(),
        )

    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification:
        """Domain §4, §5; a failing onboarding review goes straight to rejected (§6)."""
        if review.status is ReviewStatus.NOT_REVIEWED:
            return Classification.WAIT
        if review.status is not ReviewStatus.SUSPICIOUS:
            return Classification.VERIFY
        if review.exam_type is ExamType.ONBOARDING:
            return Classification.REJECT
        return self.suspicious_means

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        """:attr:`deciders` pass and fail, ``error`` attempts too; there is no second queue to
        escalate to."""
        if decision.kind is DecisionKind.ESCALATE:
            return Permission(allowed=False, reason=noted("this vendor's flow has no escalation"))
        if decision.role not in self.deciders:
            reason = told(
                "with this vendor these decide: %(roles)s", roles=listed(sorted(self.deciders))
            )
            return Permission(allowed=False, reason=reason)
        return Permission(allowed=True)
