"""The binary rules a course's vendor offers."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.services.authorize import Permission
from proctor_hub.services.lookup import course_for
from proctor_hub.services.vendors import rules_catalogue, usable_vendor
from proctor_hub.vendors.subjects import Capability
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.language import Language
from proctor_hub.web.models_courses import RulesOut

router = APIRouter(tags=["exams"])


@router.get("/courses/{course_id:id}/rules", summary="The binary rules the course's vendor offers")
def rules(
    course_id: str,
    hub: TheHub,
    actor: TheActor,
    language: Language,
) -> RulesOut:
    """Labels as the vendor words them: some are permissions, some prohibitions."""
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_COURSE, course_id)
    if course.vendor is None or not usable_vendor(hub, course.vendor).can(Capability.RULES_CATALOG):
        return RulesOut(known=True, labels={})
    found = rules_catalogue(hub, course.vendor, language)
    return RulesOut(known=found is not None, labels=dict(found or {}))
