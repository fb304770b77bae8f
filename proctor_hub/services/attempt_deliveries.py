"""What one attempt had the hub send, for the staff of its course: how far it is, not what it says.

Operators see more of the outbox in :mod:`proctor_hub.services.deliveries`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import attempt_stream, learner_stream
from proctor_hub.storage import deliveries as store
from proctor_hub.storage.deliveries import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDelivery:
    """One event, e-mail or vendor notice; no content, no words of who answered.

    :param destination: ``lms`` or ``lms:`` and a name, ``mail``, ``vendor:`` and a slug.
    :param due_at: from when it is due; None: it is not tried by itself. :param parked_at: since
        when it waits for an operator.
    """

    id: int
    destination: str
    kind: str
    state: DeliveryState
    tries: int
    created_at: datetime
    due_at: datetime | None
    delivered_at: datetime | None
    parked_at: datetime | None


def attempt_deliveries(hub: Hub, actor: Actor, code: str) -> list[AttemptDelivery]:
    """In the order they were caused, the last 200 for each destination.

    :raises NotFound: no such attempt, or not the caller's to see. :raises Forbidden: a learner.
    """
    with hub.database.read() as conn:
        record = visible(conn, actor, code)
        hidden = ("attempt", code)
        ensure(conn, actor, Permission.SEE_REVIEWS, record.course_pk, hidden_as=hidden)
        streams = [learner_stream(record), attempt_stream(record)]
        found = store.of_attempt(conn, record.id, streams)
    return [
        AttemptDelivery(
            id=one.id,
            destination=one.destination,
            kind=one.kind,
            state=one.state,
            tries=one.tries,
            created_at=one.created_at,
            due_at=one.due_at,
            delivered_at=one.delivered_at,
            parked_at=one.parked_at if one.state is DeliveryState.PARKED else None,
        )
        for one in found
    ]
