"""A course's migration to another vendor: the plan, then exactly that plan."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from proctor_hub.services import migration
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_migration import (
    ExecuteIn,
    LearnerToOnboard,
    MigrationOut,
    PlanIn,
    migration_out,
)
from proctor_hub.web.once import Creating

router = APIRouter(tags=["migration"])


@router.post("/courses/{course_id:id}/migration/plan", summary="What a vendor change would do")
def plan(course_id: str, body: PlanIn, hub: TheHub, actor: TheActor) -> MigrationOut:
    """A dry run; changes nothing. For operators."""
    return migration_out(migration.plan(hub, actor, course_id=course_id, new_vendor=body.vendor))


@router.get(
    "/courses/{course_id:id}/migration/learners", summary="Who will need onboarding after it"
)
def learners(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    vendor: Annotated[str, Query(description="The new vendor account's slug")],
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[LearnerToOnboard]:
    """None where the new vendor has no onboarding. For operators."""
    page = migration.learners_to_onboard(
        hub, actor, course_id=course_id, new_vendor=vendor, cursor=cursor, limit=limit
    )
    names = LearnerToOnboard.model_fields
    return page_of(page, lambda row: LearnerToOnboard(**{n: getattr(row, n) for n in names}))


@router.post(
    "/courses/{course_id:id}/migration",
    summary="Change the vendor by a plan",
    status_code=201,
    response_model=MigrationOut,
)
def execute(
    course_id: str, body: ExecuteIn, hub: TheHub, actor: TheActor, creating: Creating
) -> Response:
    """In one transaction; 409 where the course has changed since the plan. For operators."""

    def work() -> MigrationOut:
        done = migration.execute(
            hub, actor, course_id=course_id, new_vendor=body.vendor, digest=body.digest
        )
        return migration_out(done)

    return creating.run(work)
