"""A fake vendor that says everything a vendor can say, and lets things happen while it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint

from proctor_hub import (
    AccountBy,
    Attempt,
    AttemptRef,
    CallbackEvent,
    CallbackRequest,
    CallbackRoute,
    Exam,
    Learner,
    Registration,
    SessionReady,
    hookimpl,
)
from proctor_hub.domain.words import OnboardingStatus
from proctor_hub.testing.fake_body import parse_review
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.vendors.receiving import (
    OnboardingChanged,
    SessionEnded,
    SessionEntered,
    SessionFault,
)

PLUGIN = "talkative"
ROUTES = ("ready", "entered", "ended", "fault", "reviewed", "onboarding")


class TalkativeVendor(FakeVendor):
    """:class:`FakeVendor` with a route for every event.

    :ivar meanwhile: called once, in the middle of the next registration: what happens at the hub
        while the vendor has not answered yet.
    """

    meanwhile: Callable[[], None] | None = None

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        """The fake's answer, after what happened meanwhile."""
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return super().register_attempt(exam, learner, attempt)

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        """One route per event; the id in the path is the session's, or the learner's."""
        return tuple(
            CallbackRoute(
                name=name,
                method="POST",
                path=f"/callbacks/acme/{{external_id}}/{name}",
                account=AccountBy.TOKEN,
            )
            for name in ROUTES
        )

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        """The session's id is in the path; ``code`` in the query names the attempt besides."""
        name = request.path_params["external_id"]
        ref = AttemptRef(external_id=name, attempt_code=request.query.get("code"))
        match request.route:
            case "ready":
                return (SessionReady(attempt=ref),)
            case "entered":
                return (SessionEntered(attempt=ref),)
            case "ended":
                return (SessionEnded(attempt=ref),)
            case "fault":
                return (SessionFault(attempt=ref),)
            case "onboarding":
                status = OnboardingStatus(json.loads(request.body)["status"])
                return (OnboardingChanged(pseudonym=name, status=status),)
        return (parse_review(request.body, ref),)


def entry_point() -> EntryPoint:
    """This vendor as an installed plugin."""
    return EntryPoint(PLUGIN, "tests.journeys.vendor:TalkativeVendor", "proctor_hub.vendors")
