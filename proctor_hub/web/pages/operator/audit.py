"""``/operator/audit``: what was changed, by whom; and what happened to one attempt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.domain.told import noted
from proctor_hub.services import audit
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.storage.audit import AuditEntry
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.forms import TheForm
from proctor_hub.web.pages.operator.audit_words import ACTIONS
from proctor_hub.web.pages.operator.room import ROOM, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.sealed import Sealed, on_to
from proctor_hub.web.pages.visits import TheVisit, Visit

router = operator_router()
PATH = ROOM + "/audit"

OTHERS = ("course", "action", "since", "until")
"""What is asked for that is nobody's name."""
Field = Annotated[str, Query(max_length=255)]


@router.get(PATH)
def list_audit(
    visit: TheVisit,
    whom: Sealed,
    course: Field = "",
    action: Field = "",
    since: Field = "",
    until: Field = "",
    cursor: str | None = None,
) -> Response:
    """The last first; what is empty may be anything."""
    asked = {
        "by": whom.get("by", ""),
        "action": action.strip(),
        "subject": whom.get("subject", ""),
        "course": course.strip(),
        "since": since.strip(),
        "until": until.strip(),
    }
    plain = {name: asked[name] for name in OTHERS}
    missing = False
    try:
        found = audit.list_audit(
            visit.hub,
            visit.actor,
            course_id=asked["course"] or None,
            by=asked["by"] or None,
            action=asked["action"] or None,
            subject=asked["subject"] or None,
            since=_moment("since", asked["since"]),
            until=_moment("until", asked["until"]),
            cursor=cursor or None,
        )
    except NotFound:
        found, missing = audit.AuditPage(items=()), True
    return show(
        visit,
        "audit.html",
        found=found,
        asked=asked,
        missing=missing,
        actions=ACTIONS,
        place_of=place_of,
        attempt=_attempt(visit, asked["subject"]),
        turns=turns(PATH, cursor, found, **plain, f=visit.request.query_params.get("f")),
        path=PATH,
    )


@router.post(PATH + "/find")
def find(visit: TheVisit, form: TheForm) -> Response:
    """On to the lines that the form asks for."""
    return on_to(visit, PATH, form, names=("by", "subject"), others=OTHERS)


@router.get(PATH + "/attempts/{code}")
def show_attempt(code: str, visit: TheVisit, cursor: str | None = None) -> Response:
    """Every change of an attempt's status, the oldest first: when, by whom, why."""
    found = audit.attempt_history(visit.hub, visit.actor, code=code, cursor=cursor or None)
    place = f"{PATH}/attempts/{part(code)}"
    onward = turns(place, cursor, found)
    return show(visit, "audit_attempt.html", code=code, found=found, turns=onward, path=PATH)


def _attempt(visit: Visit, code: str) -> str | None:
    """The page of an attempt's history, where this is the code of one."""
    try:
        audit.attempt_history(visit.hub, visit.actor, code=code, limit=1)
    except NotFound:
        return None
    return f"{PATH}/attempts/{part(code)}"


def place_of(entry: AuditEntry) -> str | None:
    """The page about what a line is about, where there is one."""
    noun = entry.action.split(".")[0]
    make = _PLACES.get(noun)
    return make(entry.subject) if make is not None and entry.subject else None


def _in(room: str) -> Callable[[str], str]:
    return lambda subject: f"{ROOM}/{room}/{part(subject)}"


_PLACES: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("allowance", "launch_link", "sign_ins", "staff", "team"), _in("people")),
    **dict.fromkeys(("learner", "retirement"), _in("retirements")),
    "callback": _in("callbacks"),
    "course": _in("courses"),
    "delivery": _in("deliveries"),
    "vendor": _in("vendors"),
}


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        problem = noted("such as 2026-11-27T14:00")
        raise Invalid(noted("This is no day and time."), fields={name: problem}) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
