"""Erasing learners, by operators."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.services import retirement
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_retirement import RetirementOut, retirement_out

router = APIRouter(tags=["retirement"])


@router.get("/retirements", summary="List retirements")
def list_retirements(
    hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[RetirementOut]:
    """Newest first, with what each vendor answered."""
    page = retirement.list_retirements(hub, actor, cursor=cursor, limit=limit)
    return page_of(page, retirement_out)


@router.put("/retirements/{user_id}", summary="Erase a learner")
def retire(user_id: str, hub: TheHub, actor: TheActor) -> RetirementOut:
    """Here at once, at every vendor that knew them as it confirms. Repeating changes nothing."""
    return retirement_out(retirement.retire(hub, actor, user_id=user_id))


@router.get("/retirements/{user_id}", summary="How far a learner's erasure is")
def get_retirement(user_id: str, hub: TheHub, actor: TheActor) -> RetirementOut:
    """By the id the user had."""
    return retirement_out(retirement.get_retirement(hub, actor, user_id=user_id))
