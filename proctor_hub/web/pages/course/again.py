"""Reset and resume an attempt: what follows, why, and on to the new attempt (domain §3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from proctor_hub.domain.told import noted, sentence_of
from proctor_hub.services.attempts import staff
from proctor_hub.services.attempts.create import CreatedAttempt
from proctor_hub.services.checks import LONG_TEXT_MAX, refuse, text_problem
from proctor_hub.services.decision_words import CHANGED
from proctor_hub.services.errors import Conflict, Invalid, NotFound
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.web.pages.course.attempt import attempt_path, seen
from proctor_hub.web.pages.forms import TheForm, seen_version, text
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit, Visit

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
    return _asking(visit, record, again)


@router.post("/attempts/{attempt_code}/{again}")
def begin_again(attempt_code: str, again: str, visit: TheVisit, form: TheForm) -> Response:
    """Resets or resumes, if the attempt still is as it was seen; on to the new attempt."""
    if again not in _AGAIN:
        raise NotFound("page", again)
    seen(visit, attempt_code)
    problem = text_problem(text(form, "reason"), longest=LONG_TEXT_MAX, empty=False)
    refuse({"reason": problem} if problem else {})
    try:
        done = _AGAIN[again](
            visit.hub,
            visit.actor,
            attempt_code,
            reason=text(form, "reason"),
            due_at=_due(form),
            seen_version=seen_version(form),
        )
    except Conflict as error:
        if error.problem_code != CHANGED:
            raise
        now, _ = seen(visit, attempt_code)
        return _asking(visit, now, again, changed=sentence_of(error), form=form)
    return RedirectResponse(f"{attempt_path(done.record.code)}?done={again}", 303)


def _asking(
    visit: Visit,
    record: AttemptRecord,
    again: str,
    *,
    changed: str = "",
    form: FormData | None = None,
) -> Response:
    """The form; with what was written into it, where it was refused."""
    return page(
        visit,
        "course/again.html",
        status=409 if changed else 200,
        course_id=record.course_id,
        attempt=record,
        again=again,
        changed=changed,
        reason="" if form is None else text(form, "reason"),
        due_at="" if form is None else text(form, "due_at"),
    )


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
