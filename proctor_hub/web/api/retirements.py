"""Erasing learners, by operators."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.services import retirement
from proctor_hub.services import retirement_ledger as ledger
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_retirement import ConfirmIn, RetirementOut, retirement_out

router = APIRouter(tags=["retirement"])


@router.get("/retirements", summary="List retirements")
def list_retirements(
    hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[RetirementOut]:
    """Newest first, with what each vendor answered."""
    page = ledger.list_retirements(hub, actor, cursor=cursor, limit=limit)
    return page_of(page, retirement_out)


@router.put("/retirements/{user_id:id}", summary="Erase a learner")
def retire(user_id: str, hub: TheHub, actor: TheActor) -> RetirementOut:
    """Here at once, at every vendor that knew them as it confirms. Repeating changes nothing."""
    return retirement_out(retirement.retire(hub, actor, user_id=user_id))


@router.get("/retirements/{user_id:id}", summary="How far a learner's erasure is")
def get_retirement(user_id: str, hub: TheHub, actor: TheActor) -> RetirementOut:
    """By the id the user had, or by the one that stands for it now."""
    return retirement_out(ledger.get_retirement(hub, actor, user_id=user_id))


@router.put(
    "/retirements/{user_id:id}/receipts/{vendor:id}", summary="Confirm a vendor's erasure by hand"
)
def confirm_by_hand(
    user_id: str, vendor: str, body: ConfirmIn, hub: TheHub, actor: TheActor
) -> RetirementOut:
    """Where the vendor has no call for it, or its account is gone; it is asked no more."""
    return retirement_out(
        ledger.confirm_by_hand(hub, actor, user_id=user_id, vendor=vendor, note=body.note)
    )
