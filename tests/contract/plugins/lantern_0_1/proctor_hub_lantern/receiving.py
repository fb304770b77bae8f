"""Family two. Lantern's calls carry a token that the host minted for the session."""

from __future__ import annotations

import json
from typing import Any

from proctor_hub import (
    Accepted,
    AccountBy,
    Acknowledgement,
    Answer,
    Attempt,
    AttemptRef,
    Authentication,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    CallbackRoute,
    Incident,
    OnboardingChanged,
    OnboardingStatus,
    RedirectToExam,
    Refused,
    ReviewReceived,
    ReviewStatus,
    SessionEnded,
    SessionEntered,
    SessionFault,
    SessionReady,
    Unrecognised,
    hookimpl,
    normalise_incident_status,
)
from proctor_hub_lantern.launching import Calling

VERDICTS = {
    "green": ReviewStatus.PASSED,
    "amber": ReviewStatus.SUSPICIOUS,
    "red": ReviewStatus.VIOLATION,
}
"""Lantern's words for a review."""


def review_of(attempt: AttemptRef, news: dict[str, Any]) -> CallbackEvent:
    """The review in Lantern's words."""
    word = str(news.get("colour"))
    if word not in VERDICTS:
        return Unrecognised(reason="colour: not green, amber or red")
    incidents = tuple(
        Incident(
            start=one.get("from"),
            text=str(one.get("text", "")),
            status=normalise_incident_status(str(one.get("kind", ""))),
            original_status=str(one.get("kind", "")),
        )
        for one in news.get("incidents", ())
    )
    return ReviewReceived(
        attempt=attempt, status=VERDICTS[word], incidents=incidents, vendor_status=word
    )


class Receiving(Calling):
    """What Lantern tells us."""

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        return (
            CallbackRoute(
                name="news",
                method="POST",
                path="/callbacks/lantern/{external_id}",
                account=AccountBy.URL,
            ),
            CallbackRoute(
                name="back",
                method="GET",
                path="/callbacks/lantern/{attempt_code}/back",
                account=AccountBy.ATTEMPT_CODE,
                answers_browser=True,
            ),
        )

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        subject = next(iter(request.path_params.values()))
        token = request.query.get("token", "")
        if not self.host.check_token(token, "news", subject):
            return Refused(status=401, reason="the token is not this session's")
        return Accepted(caller="lantern")

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        if request.route == "back":
            return (
                SessionEntered(
                    attempt=AttemptRef(attempt_code=request.path_params["attempt_code"])
                ),
            )
        attempt = AttemptRef(external_id=request.path_params["external_id"])
        try:
            news = json.loads(request.body)
        except ValueError:
            return (Unrecognised(reason="body: not JSON"),)
        events: dict[str, CallbackEvent] = {
            "ready": SessionReady(attempt=attempt),
            "ended": SessionEnded(attempt=attempt, reason="the learner left"),
            "fault": SessionFault(attempt=attempt),
            "review": review_of(attempt, news),
            "profile": OnboardingChanged(
                pseudonym=str(news.get("learner")), status=OnboardingStatus.VERIFIED
            ),
        }
        what = news.get("what")
        return (events.get(what, Unrecognised(reason=f"what: {what!r} is not known")),)

    @hookimpl
    def acknowledge_callback(
        self, request: CallbackRequest, outcome: CallbackOutcome
    ) -> Acknowledgement:
        if request.route == "back" and outcome.status == 200:
            return RedirectToExam()
        return Answer(status=outcome.status, body=json.dumps({"lantern": outcome.code}))

    @hookimpl
    def poll_reviews(self, attempts: tuple[Attempt, ...]) -> tuple[CallbackEvent, ...]:
        found: list[CallbackEvent] = []
        for attempt in attempts:
            news = self.call("GET", f"/sessions/{attempt.external_id}").json()
            if news.get("what") == "review":
                found.append(review_of(AttemptRef(external_id=attempt.external_id), news))
        return tuple(found)
