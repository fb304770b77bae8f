"""What the exam page asks for while it is open: has it moved on, how much time is left."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import JSONResponse, Response

from proctor_hub.services.attempts import own
from proctor_hub.services.attempts.reading import time_left
from proctor_hub.web.context import Source
from proctor_hub.web.pages.learner.paths import EXAM
from proctor_hub.web.pages.learner.view import seen_of
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()

_NEVER_KEPT = {"Cache-Control": "no-store"}


@router.get(EXAM + "/waiting")
def waiting(exam_id: int, visit: TheVisit, seen: Annotated[str, Query()] = "") -> Response:
    """Has the page loaded anew as soon as the attempt is not as it was seen. Calls no vendor."""
    if seen_of(visit.hub, own.own_live(visit.hub, visit.actor, exam_id)) == seen:
        return Response(status_code=204, headers=_NEVER_KEPT)
    return Response(status_code=204, headers={**_NEVER_KEPT, "HX-Refresh": "true"})


@router.get(EXAM + "/clock")
def clock(exam_id: int, visit: TheVisit, source: Source) -> Response:
    """The time left by the server's clock, and whether it still runs."""
    record = own.own_live(visit.hub, visit.actor, exam_id)
    left = None if record is None else time_left(visit.hub, record)
    if record is None or left is None:
        status = None if record is None else record.status.value
        answer = {"running": False, "status": status, "seconds_left": 0}
        return JSONResponse(answer, headers=_NEVER_KEPT)
    own.note_look(visit.hub, record, source)
    return JSONResponse(
        {
            "running": True,
            "status": record.status.value,
            "seconds_left": round(left.seconds, 3),
            "low": left.low_threshold,
            "critical": left.critical_threshold,
            # Signed in again in another tab: the forms of this page are that sign-in's by now.
            "form_token": visit.sign_in.form_token,
        },
        headers=_NEVER_KEPT,
    )
