"""Allowances, granted in bulk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from proctor_hub.domain.timing import Allowance
from proctor_hub.services import allowances
from proctor_hub.services.allowances import Grant
from proctor_hub.storage.allowances import AllowanceRecord
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Key, Limit, PageOf, page_of
from proctor_hub.web.models_learners import AllowanceOut, AllowancesIn, Granted
from proctor_hub.web.once import Creating

router = APIRouter(tags=["allowances"])


@router.post(
    "/courses/{course_id:id}/allowances",
    summary="Grant allowances in bulk",
    status_code=201,
    response_model=Granted,
)
def grant_allowances(
    course_id: str, body: AllowancesIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """Every learner at every exam, before the attempts start; an earlier allowance is replaced."""

    def work() -> Granted:
        grant = Grant(
            user_ids=body.user_ids,
            exam_pks=body.exam_ids,
            allowance=Allowance(
                additional_minutes=body.additional_minutes,
                multiplier=body.multiplier,
                policy_exception=body.policy_exception,
            ),
        )
        count = allowances.grant_allowances(hub, actor, course_id=course_id, grant=grant)
        return Granted(granted=count)

    return creating.run(work)


@router.get("/courses/{course_id:id}/allowances", summary="List a course's allowances")
def list_allowances(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    exam_id: Annotated[Key | None, Query(description="Only at this exam")] = None,
    user_id: Annotated[str | None, Query(description="Only of this learner")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[AllowanceOut]:
    """By exam and learner."""
    page = allowances.list_allowances(
        hub,
        actor,
        course_id=course_id,
        exam_pk=exam_id,
        user_id=user_id,
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, _out)


@router.delete(
    "/exams/{exam_id}/allowances/{user_id:id}", summary="Take an allowance back", status_code=204
)
def remove_allowance(exam_id: Key, user_id: str, hub: TheHub, actor: TheActor) -> None:
    """Before the attempt starts."""
    allowances.remove_allowance(hub, actor, exam_pk=exam_id, user_id=user_id)


def _out(one: AllowanceRecord) -> AllowanceOut:
    names = set(AllowanceOut.model_fields) - {"exam_id"}
    return AllowanceOut(exam_id=one.exam_pk, **{name: getattr(one, name) for name in names})
