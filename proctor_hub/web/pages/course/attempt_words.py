"""Words for what an attempt's page tells: why it moved, what a review did, what the hub sent."""

from __future__ import annotations

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import ReviewStatus
from proctor_hub.services.transitions import MAIL, is_vendor
from proctor_hub.storage.deliveries import DeliveryState
from proctor_hub.storage.reviews import HELD
from proctor_hub.web.pages.speech import Speech, noted
from proctor_hub.web.pages.words import REVIEWS, Badge

CAUSES = {
    Cause.LEARNER: noted("by the learner, or the learning platform for them"),
    Cause.VENDOR: noted("the vendor said so"),
    Cause.CLOCK: noted("the time is used up"),
    Cause.REVIEW: noted("a review of the vendor"),
    Cause.DECISION: noted("a decision"),
    Cause.STAFF: noted("by staff"),
    Cause.FAULT_REPORT: noted("the exam page reported a fault of the proctoring"),
    Cause.STOP_ACCEPTED: noted("the vendor knows that the session is over, or need not know"),
    Cause.LOST_PROCTORING: noted("the proctoring software ended before the exam did"),
    Cause.REENTRY: noted("the learner came again through the proctoring software"),
    Cause.OPT_OUT: noted("the learner declined proctoring"),
    Cause.DUE: noted("the due date passed"),
    Cause.COURSE_END: noted("the course ended"),
}
"""Why an attempt moved, where nobody said more."""

_HELD = noted("Waits until the attempt is submitted; it takes effect then.")

DELIVERIES = {
    DeliveryState.PARKED: Badge(noted("Given up; an operator has it sent again"), "▲", "bad"),
    DeliveryState.HELD: Badge(noted("Waits behind one that was given up"), "△", "warn"),
    DeliveryState.WAITING: Badge(noted("On its way"), "◔", "busy"),
    DeliveryState.DELIVERED: Badge(noted("Delivered"), "✓", "good"),
}

_KINDS = {
    "created": noted("Created"),
    "ready": noted("Ready to start"),
    "started": noted("Started"),
    "completed": noted("Completed"),
    "timed_out": noted("Timed out"),
    "submitted": noted("Submitted"),
    "second_review_required": noted("Second review required"),
    "escalated": noted("Escalated to the course team"),
    "verified": noted("Verified"),
    "rejected": noted("Rejected"),
    "declined": noted("Declined"),
    "errored": noted("Error"),
    "expired": noted("Expired"),
    "resumed": noted("Resumed"),
    "reset": noted("Reset"),
    "satisfactory": noted("Satisfactory"),
    "unsatisfactory": noted("Unsatisfactory"),
    "session_started": noted("The session started"),
    "session_stopped": noted("The session is over"),
    "session_errored": noted("The session failed"),
    "session_removed": noted("The session is given up"),
    "session_decided": noted("A person decided"),
}


def did(disposition: str) -> str:
    """What a revision did, as stored with it; to be passed through ``say``."""
    return _HELD if disposition == HELD else disposition


def adds(vendors_word: str, status: ReviewStatus) -> bool:
    """Whether the vendor's own word for a review says more than the hub's."""
    word = vendors_word.replace("_", " ").casefold()
    return word not in (status.replace("_", " "), REVIEWS[status].word.casefold())


def kind(word: str) -> str:
    """What was told; to be passed through ``say``."""
    return _KINDS.get(word, word)


def whom(destination: str, speech: Speech) -> str:
    """Who was told."""
    if destination == MAIL:
        return speech.say(noted("Learner, by e-mail"))
    name = destination.partition(":")[2]
    if is_vendor(destination):
        return speech.say(noted("Vendor %(name)s"), name=name)
    if name:
        return speech.say(noted("Learning platform %(name)s"), name=name)
    return speech.say(noted("Learning platform"))
