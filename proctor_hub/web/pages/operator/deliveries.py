"""``/operator/deliveries``: effects on their way, and having the parked ones tried again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from proctor_hub.services import deliveries
from proctor_hub.storage.deliveries import DeliveryState
from proctor_hub.storage.upsert import MAX_KEY
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator import badges
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/deliveries"
LISTED = (DeliveryState.PARKED, DeliveryState.WAITING, DeliveryState.DELIVERED)
TOLD = {
    "retried": noted("It is tried again now, with all that stands behind it."),
    "all": noted("The parked ones are tried again now; those that fail again come back here."),
}
Key = Annotated[int, Path(ge=1, le=MAX_KEY)]


@router.get(PATH)
def list_deliveries(
    visit: TheVisit,
    state: Annotated[str, Query(max_length=20)] = "",
    destination: Annotated[str, Query(max_length=200)] = "",
    attempt: Annotated[str, Query(max_length=200)] = "",
    cursor: str | None = None,
) -> Response:
    """Parked ones unless another state is asked for; those of an attempt in any."""
    destination, attempt = destination.strip(), attempt.strip()
    offered = tuple(DeliveryState) if attempt else LISTED
    chosen = DeliveryState(state) if state in offered else None
    if chosen is None and not attempt:
        chosen = DeliveryState.PARKED
    found = deliveries.list_deliveries(
        visit.hub,
        visit.actor,
        state=chosen,
        destination=destination or None,
        attempt_code=attempt or None,
        cursor=cursor or None,
    )
    return show(
        visit,
        "deliveries.html",
        told=TOLD,
        found=found,
        turns=turns(PATH, cursor, found, state=chosen, destination=destination, attempt=attempt),
        state=chosen,
        states=offered,
        destination=destination,
        attempt=attempt,
        path=PATH,
        badges=badges,
    )


@router.get(PATH + "/retry")
def ask_retry(visit: TheVisit, destination: str = "", kind: str = "") -> Response:
    """Asks before all parked ones, or those of the filter, are tried again."""
    first = deliveries.list_deliveries(visit.hub, visit.actor, destination=destination or None)
    return show(
        visit,
        "deliveries_retry.html",
        found=first,
        destination=destination,
        kind=kind,
        path=PATH,
        badges=badges,
    )


@router.post(PATH + "/retry")
def retry_all(visit: TheVisit, form: TheForm) -> Response:
    """Tries again what is parked; what one call does not get through is left for the next."""
    deliveries.retry_parked(
        visit.hub,
        visit.actor,
        destination=text(form, "destination") or None,
        kind=text(form, "kind") or None,
        limit=deliveries.MOST_RETRIED,
    )
    return back(PATH, "all")


@router.get(PATH + "/{delivery_id}")
def show_delivery(delivery_id: Key, visit: TheVisit) -> Response:
    """One of them."""
    found = deliveries.show_delivery(visit.hub, visit.actor, delivery_id)
    return show(visit, "delivery.html", told=TOLD, one=found, path=PATH, badges=badges)


@router.post(PATH + "/{delivery_id}/retry")
def retry(delivery_id: Key, visit: TheVisit, _form: TheForm) -> Response:
    """Tries one again, at once."""
    deliveries.retry_delivery(visit.hub, visit.actor, delivery_id)
    return back(f"{PATH}/{delivery_id}", "retried")
