"""One attempt, for staff: what happened, what the vendor found, what can be done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services import allowances, audit, decisions, review_lists
from proctor_hub.services.attempt_deliveries import attempt_deliveries
from proctor_hub.services.attempts import reading
from proctor_hub.services.authorize import Permission, permissions_in
from proctor_hub.services.decision_options import options
from proctor_hub.services.errors import NotFound
from proctor_hub.storage.allowances import AllowanceRecord
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.course import attempt_words
from proctor_hub.web.pages.course.incidents import axis
from proctor_hub.web.pages.course.seen_as import as_path
from proctor_hub.web.pages.deciding import HEADINGS
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import address, turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.sealed import seal
from proctor_hub.web.pages.visits import TheVisit, Visit

router = page_router()

_REVISIONS = 10
"""Revisions on a page: each may have hundreds of incidents."""


def attempt_path(code: str, rest: str = "") -> str:
    """The path of an attempt's page."""
    return f"/attempts/{part(code)}{rest}"


@router.get("/attempts/{attempt_code}")
def attempt(
    attempt_code: str,
    visit: TheVisit,
    cursor: Annotated[str | None, Query()] = None,
    revisions: Annotated[str | None, Query()] = None,
    decided: Annotated[str | None, Query()] = None,
    done: Annotated[str, Query()] = "",
) -> Response:
    """Everything that is known of an attempt, within what the visitor's roles may see."""
    hub, actor = visit.hub, visit.actor
    record, allowed = seen(visit, attempt_code)
    history = audit.attempt_history(
        hub, actor, code=attempt_code, cursor=cursor, limit=hub.limits.page_size_max
    )
    can_reset = Permission.RESET_RESUME in allowed and record.live
    looks_as = Permission.SEE_AS_LEARNER in allowed
    return page(
        visit,
        "course/attempt.html",
        course_id=record.course_id,
        attempt=record,
        path=attempt_path(attempt_code),
        attempt_words=attempt_words,
        history=history,
        turns=turns(attempt_path(attempt_code), cursor, history),
        offered=options(hub, actor, record),
        headings=HEADINGS,
        may_reset=can_reset,
        may_resume=can_reset and record.status is AttemptStatus.ERROR,
        allowances=_allowances(visit, record) if Permission.GRANT_ALLOWANCES in allowed else (),
        all_theirs=address(
            course_path(record.course_id, "/attempts"),
            archived="true",
            f=seal(visit, username=record.username),
        ),
        as_learner=as_path(record.course_id, record.learner_user_id) if looks_as else "",
        done=done,
        **(
            _reviewed(visit, record, revisions, decided)
            if Permission.SEE_REVIEWS in allowed
            else _NOT_REVIEWED
        ),
    )


def seen(visit: Visit, code: str) -> tuple[AttemptRecord, frozenset[Permission]]:
    """The attempt for staff, and what they may do; a learner's own page is elsewhere.

    :raises NotFound: there is none, or the visitor has no staff role that sees it.
    """
    record = reading.get(visit.hub, visit.actor, code)
    with visit.hub.database.read() as conn:
        allowed = permissions_in(conn, visit.actor, record.course_pk)
    if Permission.SEE_ATTEMPTS not in allowed:
        raise NotFound("attempt", code)
    return record, allowed


_NOT_REVIEWED = {"sees_reviews": False, "revisions": (), "decisions": (), "deliveries": ()}


def _reviewed(
    visit: Visit, record: AttemptRecord, revisions: str | None, decided: str | None
) -> dict[str, Any]:
    """What only those see who see reviews; the latest first, from the cursors on."""
    hub, actor, code = visit.hub, visit.actor, record.code
    most = min(_REVISIONS, hub.limits.page_size_max)
    found = review_lists.list_revisions(
        hub, actor, code, newest_first=True, cursor=revisions, limit=most
    )
    made = decisions.list_decisions(hub, actor, code, newest_first=True, cursor=decided)
    return {
        "sees_reviews": True,
        "revisions": [(one, axis(one.incidents)) for one in found.items],
        "revision_turns": turns(attempt_path(code), revisions, found, field="revisions"),
        "decisions": made.items,
        "decision_turns": turns(attempt_path(code), decided, made, field="decided"),
        "deliveries": [
            (one, attempt_words.whom(one.destination, visit.speech))
            for one in attempt_deliveries(hub, actor, code)
        ],
    }


def _allowances(visit: Visit, record: AttemptRecord) -> tuple[AllowanceRecord, ...]:
    """What the learner was granted at this exam; one at most."""
    return allowances.list_allowances(
        visit.hub,
        visit.actor,
        course_id=record.course_id,
        exam_pk=record.exam_pk,
        user_id=record.learner_user_id,
    ).items
