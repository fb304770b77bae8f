"""What support escalated to course teams, and what became of it (domain §5)."""

from __future__ import annotations

from fastapi import Response

from proctor_hub.services import queues
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.support.only import ensure_support
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/support/escalated")
def escalated(visit: TheVisit, cursor: str | None = None) -> Response:
    """Newest first, each with its note and its fate."""
    ensure_support(visit)
    found = queues.escalated(visit.hub, visit.actor, cursor=cursor)
    return page(
        visit,
        "support/escalated.html",
        rows=found.items,
        turns=turns("/support/escalated", cursor, found),
    )
