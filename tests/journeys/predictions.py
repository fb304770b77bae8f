"""What a review or a decision must do, by domain §4 and §5; written from the document alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.table import RUNNING, UNSTARTED

Attempt = Mapping[str, Any]
"""A row of ``attempts``, as stored."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A review as the vendor sent it; ``entitled``: ``reviewed_by`` is on the course's team."""

    body: bytes
    status: str
    order: str | None
    entitled: bool


@dataclass(slots=True)
class Revisions:
    """All that was taken in about one attempt, and which of it is the latest."""

    bodies: list[bytes] = field(default_factory=list)
    latest: bytes | None = None
    latest_order: str | None = None

    def arrival(self, sent: Sent) -> str:
        """``same``, ``new``, ``late`` or ``repeat``, next to what came before."""
        if sent.body == self.latest:
            return "same"
        if sent.order is not None and self.latest_order is not None:
            if sent.order < self.latest_order:
                return "late"
            if sent.order > self.latest_order:
                return "new"
        return "repeat" if sent.body in self.bodies else "new"

    def take(self, sent: Sent, *, becomes_latest: bool) -> None:
        """It was stored as a revision."""
        self.bodies.append(sent.body)
        if becomes_latest:
            self.latest = sent.body
            self.latest_order = sent.order or self.latest_order


def is_decision(attempt: Attempt, sent: Sent) -> bool:
    """Whether the person named in the review decides (§4, §5)."""
    lies_with_support = attempt["review_owner"] == "support" and attempt["decided_role"] is None
    return sent.entitled and sent.status != "not_reviewed" and not lies_with_support


def takes_effect(attempt: Attempt, sent: Sent, arrival: str) -> bool:
    """Whether a review that arrives so is applied at all."""
    if arrival == "new":
        return True
    by_person = is_decision(attempt, sent)
    if arrival == "repeat":
        return by_person
    return arrival == "late" and by_person and attempt["decided_role"] is None


def after_review(attempt: Attempt, sent: Sent, arrival: str) -> str:
    """The attempt's status afterwards."""
    status = str(attempt["status"])
    untouched = (*UNSTARTED, *RUNNING, "declined", "expired", "error")
    if not attempt["live"] or attempt["exam_type"] == "practice" or status in untouched:
        return status
    if not takes_effect(attempt, sent, arrival) or sent.status == "not_reviewed":
        return status
    passes = sent.status in ("passed", "violation")
    if is_decision(attempt, sent):
        return "verified" if passes else "rejected"
    if attempt["decided_role"] is not None:
        return status
    if passes:
        return "verified"
    return "second_review_required" if attempt["exam_type"] == "proctored" else "rejected"


def after_decision(attempt: Attempt, roles: set[str], word: str) -> str | None:
    """The status afterwards, the same one for an escalation; None: it is refused."""
    status = str(attempt["status"])
    if not attempt["live"] or attempt["exam_type"] not in ("proctored", "onboarding"):
        return None
    owner, decided = attempt["review_owner"], attempt["decided_role"]
    if word == "escalate":
        ours = "support" in roles and status == "second_review_required" and owner == "support"
        return status if ours else None
    if word == "revert":
        word = {"verified": "fail", "rejected": "pass"}.get(status, "")
    target = {"pass": "verified", "fail": "rejected"}.get(word)
    if target is None or target == status:
        return None
    entitled = {
        "second_review_required": owner in roles,
        "error": "course_team" in roles,
        "verified": _may_turn(roles, owner, decided) or _may_fail(roles, owner),
        "rejected": _may_turn(roles, owner, decided),
    }
    return target if entitled.get(status, False) else None


def _may_turn(roles: set[str], owner: str | None, decided: str | None) -> bool:
    """The course team reverts any decision, support its own (§2)."""
    return ("course_team" in roles and decided is not None) or (
        "support" in roles and decided == "support"
    )


def _may_fail(roles: set[str], owner: str | None) -> bool:
    """The course team fails any verified attempt that does not lie with support (§2)."""
    return "course_team" in roles and owner != "support"


def after_held(attempt: Attempt, held: list[Sent]) -> Attempt:
    """The attempt when it has just reached ``submitted`` and early reviews are applied (§4)."""
    now = {**attempt, "status": "submitted", "decided_role": None, "review_owner": None}
    for sent in held:
        status = after_review(now, sent, "new")
        by_person = is_decision(now, sent)
        if by_person:
            now |= {"decided_role": "course_team", "flagged": False}
        elif now["decided_role"] is not None:
            now["flagged"] = True
        if status == "second_review_required" != now["status"]:
            now["review_owner"] = "support" if now["vendor"] == "beta" else "course_team"
        now["status"] = status
    return now
