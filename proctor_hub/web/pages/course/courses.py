"""The courses a person may see, as the way into each."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.services.courses import list_courses
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get("/courses")
def courses(visit: TheVisit, cursor: Annotated[str | None, Query()] = None) -> Response:
    """Page by page; a team member's own, all for support and operators."""
    found = list_courses(visit.hub, visit.actor, cursor=cursor)
    return page(visit, "course/courses.html", courses=found, turns=turns("/courses", cursor, found))
