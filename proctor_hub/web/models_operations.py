"""Effects on their way and kept callbacks, as operators see and repeat them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from proctor_hub.services.callbacks.bulk import MOST_NAMED, MOST_REPLAYED, Unsettled
from proctor_hub.services.deliveries import MOST_RETRIED
from proctor_hub.storage.deliveries import DeliveryState
from proctor_hub.web.models_base import In, Key, Out


class DeliveryOut(Out):
    """An effect on its way; its content is not shown, since it may be about a person."""

    id: int
    event_id: str = Field(description="Stays the same however often it is sent")
    state: DeliveryState = Field(description="`held`: it stands behind a parked one")
    destination: str
    stream: str = Field(description="Its queue, which is delivered in order")
    seq: int = Field(description="Its place there")
    kind: str
    attempt_code: str | None
    created_at: datetime
    tries: int = Field(description="Tries that failed")
    next_try_at: datetime | None = Field(description="Null: not by itself")
    parked_at: datetime | None
    delivered_at: datetime | None
    last_error: str
    trace_id: str = Field(description="`X-Request-ID` of the call that caused it")


class RetryIn(In):
    """Which parked effects to try again."""

    destination: str | None = Field(None, max_length=200, description="Only of this one")
    kind: str | None = Field(None, max_length=100, description="Only of this kind")
    limit: int = Field(1000, ge=1, le=MOST_RETRIED, description="At most so many")
    cursor: str | None = Field(
        None, max_length=2000, description="`next_cursor` of the call before"
    )


class RetriedOut(Out):
    """What a bulk retry did."""

    retried: int = Field(description="Parked ones that are tried again at once")
    remaining: int = Field(description="Still parked; 50000 means so many or more")
    next_cursor: str | None = Field(
        description="Send it to go on; null: nothing is left to look at"
    )


class BulkReplayIn(In):
    """Which kept callbacks to take again: those with an outcome, or those named."""

    outcome: Unsettled | None = Field(
        None, description="All with this outcome, never quarantined ones"
    )
    vendor: str | None = Field(
        None, max_length=100, description="Only of this account; for named ones: whose they are"
    )
    ids: list[Key] | None = Field(None, min_length=1, max_length=MOST_NAMED)
    reason: str = Field(
        "", max_length=2000, description="Why named quarantined ones may be believed; on record"
    )
    limit: int = Field(100, ge=1, le=MOST_REPLAYED, description="At most so many")
    cursor: str | None = Field(
        None, max_length=2000, description="`next_cursor` of the call before"
    )


class BulkReplayedOut(Out):
    """What became of one of them."""

    id: int
    code: str = Field(description="The outcome, or why it was not taken again")
    status: int
    detail: str
    attempt_code: str | None


class BulkReplayOut(Out):
    """What became of each, in the order they came in."""

    items: list[BulkReplayedOut]
    next_cursor: str | None = Field(
        description="Send it to go on; null: nothing is left to look at"
    )
