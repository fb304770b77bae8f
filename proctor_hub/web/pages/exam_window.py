"""Where the vendor's tool sends a learner's browser while the LMS has named no exam page.

With the host's proof for the attempt, the browser is signed in as its learner, for that exam's
course only: the vendor's own browser holds no sign-in yet. Without a proof, and signed in, the
learner's page follows; else a page that sends the learner back to the course.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from proctor_hub.services.access import sign_ins
from proctor_hub.services.attempts import access
from proctor_hub.services.attempts.reading import get
from proctor_hub.services.errors import ServiceError
from proctor_hub.web.context import TheHub
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheLook, set_cookie

router = page_router()


@router.get("/exams/{attempt_code}")
def exam_window(
    attempt_code: str, hub: TheHub, seen: TheLook, proof: Annotated[str, Query()] = ""
) -> Response:
    """On to the exam's page, or the same page for every attempt, known or not."""
    proven = access.proven(hub, attempt_code, proof) if proof else None
    if proven is not None:
        entry = sign_ins.enter_exam_window(hub, proven.person_pk, proven.course_pk, proven.id)
        response = RedirectResponse(f"/learn/exams/{proven.exam_pk}", 303)
        set_cookie(hub, response, entry.secret)
        return response
    if seen.sign_in is not None:
        try:
            record = get(hub, seen.sign_in.actor, attempt_code)
        except ServiceError:
            return page(seen, "exam_window.html", plain=True)
        return RedirectResponse(f"/learn/exams/{record.exam_pk}", 303)
    return page(seen, "exam_window.html", plain=True)
