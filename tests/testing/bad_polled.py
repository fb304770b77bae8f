"""The sound vendor with one flaw each: polling and heartbeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from proctor_hub import (
    AttemptRef,
    CallbackEvent,
    HeartbeatPlan,
    ReviewReceived,
    ReviewStatus,
    SessionReady,
    VendorRejected,
    hookimpl,
)
from tests.testing.flaws import fails
from tests.testing.sound import Polled, Sound


class Telling(Polled):
    """Tells the news in its own way."""

    def news_of(self, attempt: Any) -> Iterator[CallbackEvent]:
        for event in super().news_of(attempt):
            yield self.told(event) if isinstance(event, ReviewReceived) else event

    def told(self, review: ReviewReceived) -> ReviewReceived:
        raise NotImplementedError


@fails("polling-words", "'unseen' becomes suspicious, not not_reviewed")
class SuspectsTheUnseen(Telling):
    def told(self, review: ReviewReceived) -> ReviewReceived:
        unseen = review.status is ReviewStatus.NOT_REVIEWED
        return replace(review, status=ReviewStatus.SUSPICIOUS) if unseen else review


@fails("polling-words", "the vendor's word 'spotless' is kept as ''")
class KeepsNoWord(Telling):
    def told(self, review: ReviewReceived) -> ReviewReceived:
        return replace(review, vendor_status="")


@fails("polling-words", "a review 'quibbled' becomes no event at all")
class DropsTheUnknown(Polled):
    def news_of(self, attempt: Any) -> Iterator[CallbackEvent]:
        for event in super().news_of(attempt):
            if isinstance(event, ReviewReceived | SessionReady):
                yield event


@fails("polling-own", "asked about 0 attempts, it tells of 1, and of others")
class TellsOfEverybody(Polled):
    @hookimpl
    def poll_reviews(self, attempts: Any) -> Any:
        somebody = SessionReady(attempt=AttemptRef(external_id="somebody"))
        return (*super().poll_reviews(attempts), somebody)


@fails("polling-again", "asked again, with no news, it tells something else")
class AlwaysNew(Telling):
    def told(self, review: ReviewReceived) -> ReviewReceived:
        return replace(review, order=self.host.now().isoformat())


@fails("heartbeat-planned", "its plan has no interval")
class HasNoHeart(Sound):
    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        return HeartbeatPlan()


@fails("heartbeat-planned", "the exam ends, and it is asked every 0:01:00")
class AsksTooSeldom(Sound):
    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        return replace(super().heartbeat_plan(), interval=timedelta(minutes=1))


@fails("heartbeat-lost", "the attempt is completed, where it must become submitted")
class RefusesAnEarlyEnd(Sound):
    """Takes the end of an exam only where the learner reached it."""

    @hookimpl
    def session_stopped(self, attempt: Any) -> Any:
        raise VendorRejected("not over yet", status=409)
