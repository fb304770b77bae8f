"""For operators: effects on their way, and having those that were given up tried again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from proctor_hub.services import deliveries
from proctor_hub.services.callbacks.bulk import ReplayedSome, replay_all, replay_named
from proctor_hub.services.errors import Invalid
from proctor_hub.storage.deliveries import Delivery, DeliveryState
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Key, Limit, PageOf, page_of
from proctor_hub.web.models_operations import (
    BulkReplayedOut,
    BulkReplayIn,
    BulkReplayOut,
    DeliveryOut,
    RetriedOut,
    RetryIn,
)

router = APIRouter(tags=["operations"])


@router.get("/deliveries", summary="Effects on their way")
def list_deliveries(
    hub: TheHub,
    actor: TheActor,
    state: Annotated[
        DeliveryState | None, Query(description="Default: parked; of an attempt: any")
    ] = None,
    destination: Annotated[str | None, Query(description="Only of this one")] = None,
    attempt_code: Annotated[
        str | None, Query(description="What this attempt caused, the latest that fit on one page")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[DeliveryOut]:
    """Parked ones by destination, the oldest first; waiting ones by destination as they come due;
    delivered ones, the last caused first (a page of these may be short or empty and go on). For
    operators."""
    page = deliveries.list_deliveries(
        hub,
        actor,
        state=state,
        destination=destination,
        attempt_code=attempt_code,
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, _delivery)


@router.post("/deliveries/retry", summary="Try parked effects again")
def retry_parked(body: RetryIn, hub: TheHub, actor: TheActor) -> RetriedOut:
    """Those of a destination or kind, or all, in batches; call again with `next_cursor` until it is
    null. For operators, on record."""
    done = deliveries.retry_parked(
        hub,
        actor,
        destination=body.destination,
        kind=body.kind,
        limit=body.limit,
        cursor=body.cursor,
    )
    return RetriedOut.model_validate(done)


@router.get("/deliveries/{delivery_id}", summary="An effect on its way")
def show_delivery(delivery_id: Key, hub: TheHub, actor: TheActor) -> DeliveryOut:
    """For operators."""
    return _delivery(deliveries.show_delivery(hub, actor, delivery_id))


@router.post("/deliveries/{delivery_id}/retry", summary="Try an effect again")
def retry_delivery(delivery_id: Key, hub: TheHub, actor: TheActor) -> DeliveryOut:
    """With all of its stream, at once. For operators, on record."""
    return _delivery(deliveries.retry_delivery(hub, actor, delivery_id))


@router.post("/callbacks/replay", summary="Take kept callbacks again")
def replay_callbacks(body: BulkReplayIn, hub: TheHub, actor: TheActor) -> BulkReplayOut:
    """All with an outcome, call after call with `next_cursor` until it is null; or named ones, in
    quarantine only with a reason. Each on its own. For operators, on record."""
    if (body.outcome is None) == (body.ids is None):
        raise Invalid("Give an outcome or ids, and not both.", fields={"outcome": "or ids"})
    done: ReplayedSome
    if body.ids is not None:
        done = replay_named(hub, actor, body.ids, reason=body.reason, vendor=body.vendor)
    else:
        assert body.outcome is not None  # noqa: S101 - checked above
        done = replay_all(
            hub, actor, body.outcome, vendor=body.vendor, limit=body.limit, cursor=body.cursor
        )
    items = [BulkReplayedOut.model_validate(one) for one in done.items]
    return BulkReplayOut(items=items, next_cursor=done.next_cursor)


def _delivery(found: Delivery) -> DeliveryOut:
    names = set(DeliveryOut.model_fields) - {"next_try_at"}
    return DeliveryOut(
        **{name: getattr(found, name) for name in names},
        next_try_at=found.due_at,
    )
