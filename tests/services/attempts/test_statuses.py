"""Every status is reached as the domain says, is explained and says the right things (§3, §9)."""

from __future__ import annotations

import pytest

from proctor_hub.domain.words import AttemptStatus
from tests.services.attempts.world import World, assert_explained

S = AttemptStatus
RAN = ["created", "ready", "started"]
DONE = [*RAN, "completed", "submitted"]

WAYS = [
    (S.CREATED, ["created"]),
    (S.DOWNLOAD_SOFTWARE_CLICKED, ["created"]),
    (S.READY_TO_START, ["created", "ready"]),
    (S.STARTED, RAN),
    (S.READY_TO_SUBMIT, RAN),
    (S.SUBMITTED, DONE),
    (S.SECOND_REVIEW_REQUIRED, [*DONE, "second_review_required"]),
    (S.VERIFIED, [*DONE, "verified"]),
    (S.REJECTED, [*DONE, "rejected"]),
    (S.DECLINED, ["created", "declined"]),
    (S.EXPIRED, ["created", "expired"]),
    (S.ERROR, [*RAN, "errored"]),
]


@pytest.mark.parametrize(("status", "events"), WAYS)
def test_the_way_to_a_status_is_told_in_order_and_explained(
    world: World, status: AttemptStatus, events: list[str]
) -> None:
    record = world.attempt(status)
    assert world.event_types(record) == events
    assert_explained(world, record)
