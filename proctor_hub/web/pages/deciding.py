"""Deciding about an attempt: what follows, why, and what became of it; for team and support."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response
from starlette.responses import RedirectResponse

from proctor_hub.services import audit, decisions, review_claims
from proctor_hub.services.attempts import reading
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.decision_options import Option, options
from proctor_hub.services.decision_words import CHANGED, DecisionWord
from proctor_hub.services.errors import Conflict, NotFound
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.web.pages.forms import TheForm, seen_version, text
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

QUEUE = "queue"
SUPPORT = "support"

HEADINGS = {
    "pass": noted("Pass the learner"),
    "fail": noted("Fail the learner"),
    "escalate": noted("Escalate to the course team"),
}

SHORTS = {
    "pass": noted("Pass"),
    "fail": noted("Fail"),
    "escalate": noted("Escalate"),
}
"""The same on a button of a queue, whose row says of whom."""

router = page_router()


@router.get("/attempts/{attempt_code}/decide")
def confirm(attempt_code: str, visit: TheVisit, decision: str = "", back: str = "") -> Response:
    """Says what follows from a decision, and asks why."""
    record = _decidable(visit, attempt_code)
    option = _option(visit, record, decision)
    if option is None:
        return _changed(visit, record, back)
    return _asking(visit, record, option, back)


@router.post("/attempts/{attempt_code}/decide")
def decide(
    attempt_code: str, visit: TheVisit, form: TheForm, decision: str = "", back: str = ""
) -> Response:
    """Decides, if the attempt still is as it was seen."""
    record = _decidable(visit, attempt_code)
    if decision not in list(DecisionWord):
        raise NotFound("decision", decision)
    reason = text(form, "reason")
    if not reason:
        option = _option(visit, record, decision)
        if option is None:
            return _changed(visit, record, back)
        return _asking(visit, record, option, back, missing=True)
    try:
        decisions.decide(
            visit.hub,
            visit.actor,
            attempt_code,
            DecisionWord(decision),
            reason=reason,
            seen_version=seen_version(form),
        )
    except Conflict as error:
        if error.problem_code != CHANGED:
            raise
        now = reading.get(visit.hub, visit.actor, attempt_code)
        return _changed(visit, now, back, written=[reason])
    return RedirectResponse(f"{_back_to(record, back)}?done=decided", 303)


@router.post("/attempts/{attempt_code}/claim")
def claim(attempt_code: str, visit: TheVisit, form: TheForm, back: str = "") -> Response:
    """Nobody else decides it for a while."""
    record = _decidable(visit, attempt_code)
    review_claims.claim(visit.hub, visit.actor, attempt_code)
    return RedirectResponse(f"{_back_to(record, back)}?done=claimed", 303)


@router.post("/attempts/{attempt_code}/release")
def release(attempt_code: str, visit: TheVisit, form: TheForm, back: str = "") -> Response:
    """Others may decide it again."""
    record = _decidable(visit, attempt_code)
    review_claims.release(visit.hub, visit.actor, attempt_code)
    return RedirectResponse(f"{_back_to(record, back)}?done=released", 303)


def _asking(
    visit: Visit, record: AttemptRecord, option: Option, back: str, *, missing: bool = False
) -> Response:
    return page(
        visit,
        "deciding/confirm.html",
        status=422 if missing else 200,
        course_id=record.course_id,
        attempt=record,
        option=option,
        heading=HEADINGS[option.kind],
        back=_back_to(record, back),
        missing=missing,
    )


def _changed(
    visit: Visit, record: AttemptRecord, back: str, *, written: Sequence[str] = ()
) -> Response:
    """The attempt is not as it was seen: who did what, and what can be done now."""
    return page(
        visit,
        "deciding/changed.html",
        status=409,
        course_id=record.course_id,
        attempt=record,
        written=written,
        last=audit.last_change(visit.hub, visit.actor, code=record.code),
        offered=options(visit.hub, visit.actor, record),
        headings=HEADINGS,
        came_from=back,
        back=_back_to(record, back),
    )


def _decidable(visit: Visit, code: str) -> AttemptRecord:
    """The attempt, for a visitor whose roles decide in its course at all.

    :raises NotFound: not theirs to see. :raises Forbidden: theirs to see, not to decide.
    """
    record = reading.get(visit.hub, visit.actor, code)
    with visit.hub.database.read() as conn:
        ensure(conn, visit.actor, Permission.DECIDE, record.course_pk)
    return record


def _option(visit: Visit, record: AttemptRecord, word: str) -> Option | None:
    offered = options(visit.hub, visit.actor, record)
    return next((one for one in offered if one.word == word), None)


def _back_to(record: AttemptRecord, back: str) -> str:
    """Where the person came from: a queue, or the attempt's page."""
    if back == SUPPORT:
        return "/support"
    if back == QUEUE:
        return course_path(record.course_id, "/second-reviews")
    return f"/attempts/{record.code}"
