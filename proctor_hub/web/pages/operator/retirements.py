"""``/operator/retirements``: learners erased, and how far each vendor is with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.services import people, retirement
from proctor_hub.services import retirement_ledger as ledger
from proctor_hub.services.errors import NotFound
from proctor_hub.services.retirement_ledger import Receipt, Retirement
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit
from proctor_hub.web.pages.words import Badge

router = operator_router()
PATH = ROOM + "/retirements"
TOLD = {
    "retired": noted("The learner is erased here. Below is how far the vendors are."),
    "meanwhile": noted("This vendor has confirmed the erasure meanwhile."),
    "before": noted("This learner was retired before. Below is how far the vendors are."),
    "confirmed": noted("The erasure at this vendor is confirmed by your word."),
}
COMPLETE = Badge(noted("Complete"), "✓", "good")
OPEN = Badge(noted("Open"), "◔", "busy")
_PARKED = Badge(noted("Parked"), "▲", "bad")
_CONFIRMED = Badge(noted("Confirmed"), "✓", "good")
_WAITING = Badge(noted("Waiting"), "◔", "busy")


class Shown(StrEnum):
    """Which retirements a list shows; an index serves each."""

    ALL = "all"
    OPEN = "open"


NAMES = {Shown.ALL: noted("All"), Shown.OPEN: noted("Open")}


@router.get(PATH)
def list_retirements(
    visit: TheVisit,
    which: Annotated[Shown, Query(alias="show")] = Shown.ALL,
    cursor: str | None = None,
) -> Response:
    """Newest first."""
    found = ledger.list_retirements(
        visit.hub, visit.actor, only_open=which is Shown.OPEN, cursor=cursor or None
    )
    return show(
        visit,
        "retirements.html",
        found=found,
        which=which,
        names=NAMES,
        turns=turns(PATH, cursor, found, show=which),
        badge=_badge,
        path=PATH,
    )


@router.post(PATH)
def ask(visit: TheVisit, form: TheForm) -> Response:
    """Says what follows, and has the user id typed once more; on to the ledger of one who is
    retired."""
    wanted = text(form, "user_id")
    try:
        person = people.get_person(visit.hub, visit.actor, user_id=wanted)
    except NotFound:
        known = ledger.get_retirement(visit.hub, visit.actor, user_id=wanted)
        return back(f"{PATH}/{part(known.retired_id)}", "before")
    return show(visit, "retire_ask.html", person=person, wrong=False, path=PATH)


@router.post(PATH + "/now")
def retire(visit: TheVisit, form: TheForm) -> Response:
    """Erases a learner, for good; asks again where another id was typed."""
    user_id = text(form, "user_id")
    if not user_id or text(form, "typed") != user_id:
        person = people.get_person(visit.hub, visit.actor, user_id=user_id)
        return show(visit, "retire_ask.html", status=422, person=person, wrong=True, path=PATH)
    done = retirement.retire(visit.hub, visit.actor, user_id=user_id)
    return back(f"{PATH}/{part(done.retired_id)}", "retired")


@router.get(PATH + "/{retired_id:id}")
def show_retirement(retired_id: str, visit: TheVisit) -> Response:
    """One of them, with what each vendor answered."""
    found = ledger.get_retirement(visit.hub, visit.actor, user_id=retired_id)
    return show(
        visit,
        "retirement.html",
        told=TOLD,
        one=found,
        badge=_badge,
        receipt_badge=_receipt_badge,
        place=f"{PATH}/{part(found.retired_id)}",
        path=PATH,
    )


@router.get(PATH + "/{retired_id:id}/confirm/{vendor:id}")
def ask_confirm(retired_id: str, vendor: str, visit: TheVisit) -> Response:
    """Asks how it is known that the vendor holds nothing any more."""
    found = ledger.get_retirement(visit.hub, visit.actor, user_id=retired_id)
    place = f"{PATH}/{part(found.retired_id)}"
    receipt = next((one for one in found.receipts if one.vendor == vendor), None)
    if receipt is None:
        raise NotFound("vendor", vendor)
    if receipt.confirmed:
        return back(place, "meanwhile")
    return show(visit, "retirement_confirm.html", one=found, vendor=vendor, place=place)


@router.post(PATH + "/{retired_id:id}/confirm/{vendor:id}")
def confirm(retired_id: str, vendor: str, visit: TheVisit, form: TheForm) -> Response:
    """Takes the operator's word for it; the vendor is asked no more."""
    done = ledger.confirm_by_hand(
        visit.hub, visit.actor, user_id=retired_id, vendor=vendor, note=text(form, "note")
    )
    return back(f"{PATH}/{part(done.retired_id)}", "confirmed")


def _badge(one: Retirement) -> Badge:
    if one.complete:
        return COMPLETE
    return _PARKED if any(_is_parked(receipt) for receipt in one.receipts) else OPEN


def _receipt_badge(one: Receipt) -> Badge:
    if one.confirmed:
        return _CONFIRMED
    return _PARKED if _is_parked(one) else _WAITING


def _is_parked(one: Receipt) -> bool:
    return not one.confirmed and one.parked_at is not None
