"""How states of the hub's own work look: a word, a shape and a tone for each."""

from __future__ import annotations

from proctor_hub.jobs.readiness import Fitness
from proctor_hub.services import breakers
from proctor_hub.services.breakers import State
from proctor_hub.storage import jobs
from proctor_hub.storage.deliveries import DeliveryState
from proctor_hub.storage.jobs import JobStatus
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.words import Badge

FITNESS = {
    Fitness.OK: Badge(noted("Well"), "✓", "good"),
    Fitness.DEGRADED: Badge(noted("Needs a look"), "◆", "warn"),
    Fitness.FAILED: Badge(noted("Fails"), "▲", "bad"),
}

BREAKERS = {
    State.CLOSED: Badge(breakers.LABELS[State.CLOSED], "✓", "good"),
    State.PROBING: Badge(breakers.LABELS[State.PROBING], "◔", "warn"),
    State.OPEN: Badge(breakers.LABELS[State.OPEN], "▲", "bad"),
}

DELIVERIES = {
    DeliveryState.PARKED: Badge(noted("Parked"), "▲", "bad"),
    DeliveryState.HELD: Badge(noted("Held"), "△", "warn"),
    DeliveryState.WAITING: Badge(noted("Waiting"), "◔", "busy"),
    DeliveryState.DELIVERED: Badge(noted("Delivered"), "✓", "good"),
}

JOBS = {
    JobStatus.QUEUED: Badge(jobs.LABELS[JobStatus.QUEUED], "○", "calm"),
    JobStatus.RUNNING: Badge(jobs.LABELS[JobStatus.RUNNING], "▶", "busy"),
    JobStatus.DONE: Badge(jobs.LABELS[JobStatus.DONE], "✓", "good"),
    JobStatus.FAILED: Badge(jobs.LABELS[JobStatus.FAILED], "✗", "bad"),
}

_OUTCOMES = {
    "applied": Badge(noted("Applied"), "✓", "good"),
    "stored": Badge(noted("Stored"), "✓", "calm"),
    "unchanged": Badge(noted("Unchanged"), "○", "calm"),
    "refused": Badge(noted("Refused"), "✗", "bad"),
    "unmatched": Badge(noted("Unmatched"), "◆", "warn"),
    "unparsable": Badge(noted("Unparsable"), "◆", "warn"),
    "conflict": Badge(noted("Conflict"), "◆", "warn"),
}


def outcome(code: str) -> Badge:
    """The badge of what became of a callback; of one that has none of its own, its code."""
    return _OUTCOMES.get(code) or Badge(code, "○", "calm")
