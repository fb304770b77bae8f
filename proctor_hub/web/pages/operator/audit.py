"""``/operator/audit``: what was changed, by whom."""

from __future__ import annotations

from starlette.responses import Response

from proctor_hub.services import audit
from proctor_hub.web.pages.operator.room import ROOM, operator_router, show
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/audit"


@router.get(PATH)
def list_audit(visit: TheVisit, course: str = "", cursor: str | None = None) -> Response:
    """Newest first."""
    found = audit.list_audit(
        visit.hub, visit.actor, course_id=course.strip() or None, cursor=cursor or None
    )
    return show(visit, "audit.html", found=found, course=course.strip(), path=PATH)
