"""Reset and resume an attempt: what follows, why, and on to the new attempt (domain §3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from proctor_hub.domain.told import noted
from proctor_hub.services.attempts import staff
from proctor_hub.services.attempts.create import CreatedAttempt
from proctor_hub.services.checks import LONG_TEXT_MAX, refuse, text_problem
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.web.pages.course.attempt import attempt_path, seen
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()

Again = Callable[..., CreatedAttempt]
_AGAIN: MappingProxyType[str, Again] = MappingProxyType(
    {"reset": staff.reset, "resume": staff.resume}
)


@router.get("/attempts/{attempt_code}/{again}")
def confirm_again(attempt_code: str, again: str, visit: TheVisit) -> Response:
    """Says what a reset or a resumption does, and asks why."""
    if again not in _AGAIN:
        raise NotFound("page", again)
    record, _ = seen(visit, attempt_code)
    return page(visit, "course/again.html", course_id=record.course_id, attempt=record, again=again)


@router.post("/attempts/{attempt_code}/{again}")
def begin_again(attempt_code: str, again: str, visit: TheVisit, form: TheForm) -> Response:
    """Resets or resumes, and goes on to the new attempt."""
    if again not in _AGAIN:
        raise NotFound("page", again)
    seen(visit, attempt_code)
    problem = text_problem(text(form, "reason"), longest=LONG_TEXT_MAX, empty=False)
    refuse({"reason": problem} if problem else {})
    done = _AGAIN[again](
        visit.hub, visit.actor, attempt_code, reason=text(form, "reason"), due_at=_due(form)
    )
    return RedirectResponse(f"{attempt_path(done.record.code)}?done={again}", 303)


def _due(form: FormData) -> datetime | None:
    given = text(form, "due_at")
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(
            noted("The new due date cannot be read; nothing was changed."),
            fields={"due_at": noted("give date, time and zone, such as 2026-12-01T18:00+01:00")},
        )
    return found
