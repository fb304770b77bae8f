"""``/operator/settings``: what this hub is configured with, and where that comes from."""

from __future__ import annotations

from starlette.responses import Response

from proctor_hub.web.pages.operator.room import ROOM, operator_router, show
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/settings"


@router.get(PATH)
def show_settings(visit: TheVisit) -> Response:
    """Every setting as this process read it when it began; secrets never."""
    return show(visit, "settings.html", lines=visit.settings.shown)
