"""What a vendor shows: its dashboards to staff, its instructions to learners."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from proctor_hub.services import dashboards
from proctor_hub.services.attempts import instructions
from proctor_hub.vendors.rendering import DashboardScope
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.language import Language
from proctor_hub.web.models_sessions import DashboardOut, GuideOut, dashboard_out, guide_out

router = APIRouter(tags=["sessions"])


@router.get("/dashboard", summary="A vendor's dashboard")
def dashboard(
    hub: TheHub,
    actor: TheActor,
    scope: DashboardScope,
    language: Language,
    course_id: Annotated[str | None, Query(description="Of scope course, configuration")] = None,
    exam_id: Annotated[int | None, Query(description="Of scope exam, configuration")] = None,
    attempt_code: Annotated[str | None, Query(description="Of scope attempt")] = None,
) -> DashboardOut:
    """For the person whose token it is: a signed URL made for them, a link, or plain sections."""
    found = dashboards.dashboard(
        hub,
        actor,
        scope,
        course_id=course_id,
        exam_pk=exam_id,
        attempt_code=attempt_code,
        language=language,
    )
    return dashboard_out(found)


@router.get("/attempts/{attempt_code}/guide", summary="Instructions, rules and heartbeat")
def guide(attempt_code: str, hub: TheHub, actor: TheActor, language: Language) -> GuideOut:
    """What the learner is told before the start, and how the exam page watches the software."""
    return guide_out(instructions.guide(hub, actor, attempt_code, language))
