"""How states of the hub's own work look: a word, a shape and a tone for each."""

from __future__ import annotations

from proctor_hub.jobs.readiness import Fitness
from proctor_hub.services.breakers import State
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
    State.CLOSED: Badge(noted("Answers"), "✓", "good"),
    State.PROBING: Badge(noted("Being probed"), "◔", "warn"),
    State.OPEN: Badge(noted("Paused"), "▲", "bad"),
}

DELIVERIES = {
    DeliveryState.PARKED: Badge(noted("Parked"), "▲", "bad"),
    DeliveryState.HELD: Badge(noted("Held"), "△", "warn"),
    DeliveryState.WAITING: Badge(noted("Waiting"), "◔", "busy"),
    DeliveryState.DELIVERED: Badge(noted("Delivered"), "✓", "good"),
}

JOBS = {
    JobStatus.QUEUED: Badge(noted("Queued"), "○", "calm"),
    JobStatus.RUNNING: Badge(noted("Running"), "▶", "busy"),
    JobStatus.DONE: Badge(noted("Done"), "✓", "good"),
    JobStatus.FAILED: Badge(noted("Job failed"), "✗", "bad"),
}

_OUTCOMES = {
    "applied": Badge(noted("Applied"), "✓", "good"),
    "stored": Badge(noted("Stored"), "✓", "calm"),
    "refused": Badge(noted("Refused"), "✗", "bad"),
    "unmatched": Badge(noted("Unmatched"), "◆", "warn"),
    "unparsable": Badge(noted("Unparsable"), "◆", "warn"),
    "conflict": Badge(noted("Conflict"), "◆", "warn"),
}


def outcome(code: str) -> Badge:
    """The badge of what became of a callback; of one that has none of its own, its code."""
    return _OUTCOMES.get(code) or Badge(code, "○", "calm")
