"""Reset and resume an attempt: what follows, why, and on to the new attempt (domain §3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from proctor_hub.domain.errors import PastDue
from proctor_hub.domain.told import noted, sentence_of, told
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
    record, _ = seen(visit, attempt_code)
    try:
        done = _again(visit, again, attempt_code, form)
    except (Invalid, PastDue) as error:
        # The question is the one that was seen, its version included: only the answer is mended.
        return _asking(visit, record, again, form=form, refused=error)
    except Conflict as error:
        if error.problem_code != CHANGED:
            raise
        now, _ = seen(visit, attempt_code)
        return _asking(visit, now, again, form=form, refused=error)
    return RedirectResponse(f"{attempt_path(done.record.code)}?done={again}", 303)


def _again(visit: Visit, again: str, code: str, form: FormData) -> CreatedAttempt:
    problem = text_problem(text(form, "reason"), longest=LONG_TEXT_MAX, empty=False)
    refuse({"reason": problem} if problem else {})
    return _AGAIN[again](
        visit.hub,
        visit.actor,
        code,
        reason=text(form, "reason"),
        due_at=_due(form),
        seen_version=seen_version(form),
    )


def _asking(
    visit: Visit,
    record: AttemptRecord,
    again: str,
    *,
    form: FormData | None = None,
    refused: Conflict | Invalid | PastDue | None = None,
) -> Response:
    """The form; with what was written into it, and why it was refused."""
    fields = refused.fields if isinstance(refused, Invalid) else {}
    if isinstance(refused, PastDue):
        fields = {"due_at": noted("give one that is later than now and before the course end")}
    changed = isinstance(refused, Conflict)
    return page(
        visit,
        "course/again.html",
        status=200 if refused is None else 422 if isinstance(refused, Invalid) else 409,
        course_id=record.course_id,
        attempt=record,
        again=again,
        refused="" if refused is None else sentence_of(refused),
        changed=changed,
        fields=fields,
        version=record.version if form is None or changed else seen_version(form),
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
        problem = told("“%(given)s” is no date and time, such as 2026-12-01T18:00", given=given)
        raise Invalid(
            noted("The new due date cannot be read; nothing was changed."),
            fields={"due_at": problem},
        ) from None
    # What the field sends has no zone, and the page says that it is UTC.
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
