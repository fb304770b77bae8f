"""One attempt, for staff: what happened, what the vendor found, what can be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services import audit, decisions, review_lists
from proctor_hub.services.attempts import reading, staff
from proctor_hub.services.attempts.create import CreatedAttempt
from proctor_hub.services.authorize import Permission, permissions_in
from proctor_hub.services.decision_options import options
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.web.pages.course.incidents import axis
from proctor_hub.web.pages.deciding import HEADINGS
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit, Visit

router = page_router()

Again = Callable[..., CreatedAttempt]
_AGAIN: MappingProxyType[str, Again] = MappingProxyType(
    {"reset": staff.reset, "resume": staff.resume}
)


def attempt_path(code: str, rest: str = "") -> str:
    """The path of an attempt's page."""
    return f"/attempts/{quote(code, safe='')}{rest}"


@router.get("/attempts/{attempt_code}/{again}")
def confirm_again(attempt_code: str, again: str, visit: TheVisit) -> Response:
    """Says what a reset or a resumption does, and asks why."""
    if again not in _AGAIN:
        raise NotFound("page", again)
    record, _ = _seen(visit, attempt_code)
    return page(visit, "course/again.html", course_id=record.course_id, attempt=record, again=again)


@router.post("/attempts/{attempt_code}/{again}")
def begin_again(attempt_code: str, again: str, visit: TheVisit, form: TheForm) -> Response:
    """Resets or resumes, and goes on to the new attempt."""
    if again not in _AGAIN:
        raise NotFound("page", again)
    _seen(visit, attempt_code)
    done = _AGAIN[again](
        visit.hub, visit.actor, attempt_code, reason=text(form, "reason"), due_at=_due(form)
    )
    return RedirectResponse(f"{attempt_path(done.record.code)}?done={again}", 303)


@router.get("/attempts/{attempt_code}")
def attempt(
    attempt_code: str,
    visit: TheVisit,
    cursor: Annotated[str | None, Query()] = None,
    done: Annotated[str, Query()] = "",
) -> Response:
    """Everything that is known of an attempt, within what the visitor's roles may see."""
    hub, actor = visit.hub, visit.actor
    record, allowed = _seen(visit, attempt_code)
    reviews = Permission.SEE_REVIEWS in allowed
    history = audit.attempt_history(
        hub, actor, code=attempt_code, cursor=cursor, limit=hub.limits.page_size_max
    )
    revisions = review_lists.list_revisions(hub, actor, attempt_code) if reviews else []
    return page(
        visit,
        "course/attempt.html",
        course_id=record.course_id,
        attempt=record,
        path=attempt_path(attempt_code),
        history=history,
        turns=turns(attempt_path(attempt_code), cursor, history),
        revisions=[(one, axis(one.incidents)) for one in reversed(revisions)],
        decisions=decisions.list_decisions(hub, actor, attempt_code) if reviews else [],
        sees_reviews=reviews,
        offered=options(hub, actor, record),
        headings=HEADINGS,
        may_reset=Permission.RESET_RESUME in allowed and record.live,
        may_resume=record.live
        and record.status is AttemptStatus.ERROR
        and Permission.RESET_RESUME in allowed,
        done=done,
    )


def _seen(visit: Visit, code: str) -> tuple[AttemptRecord, frozenset[Permission]]:
    """The attempt for staff, and what they may do; a learner's own page is elsewhere.

    :raises NotFound: there is none, or the visitor has no staff role that sees it.
    """
    record = reading.get(visit.hub, visit.actor, code)
    with visit.hub.database.read() as conn:
        allowed = permissions_in(conn, visit.actor, record.course_pk)
    if Permission.SEE_ATTEMPTS not in allowed:
        raise NotFound("attempt", code)
    return record, allowed


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
