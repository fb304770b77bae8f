"""``/operator/callbacks``: what vendors sent and had no effect, and who is not proven a vendor."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from proctor_hub.services.callbacks import listing
from proctor_hub.services.callbacks.bulk import Unsettled, replay_all
from proctor_hub.services.callbacks.outcomes import REPLAYABLE
from proctor_hub.services.callbacks.replay import replay
from proctor_hub.storage.upsert import MAX_KEY
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator import badges
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/callbacks"
TOLD = {
    "replayed": noted("It was taken again; below is what became of it."),
    "all": noted("They were taken again; those still here had no effect again."),
}
Key = Annotated[int, Path(ge=1, le=MAX_KEY)]


class Shown(StrEnum):
    """Which callbacks a list shows; an index serves each."""

    QUARANTINED = "quarantined"
    UNMATCHED = "unmatched"
    UNPARSABLE = "unparsable"
    CONFLICT = "conflict"
    ALL = "all"


NAMES = {
    Shown.QUARANTINED: noted("In quarantine"),
    Shown.UNMATCHED: noted("Unmatched"),
    Shown.UNPARSABLE: noted("Unparsable"),
    Shown.CONFLICT: noted("Conflict"),
    Shown.ALL: noted("All"),
}


@router.get(PATH)
def list_callbacks(
    visit: TheVisit,
    which: Annotated[Shown | None, Query(alias="show")] = None,
    vendor: Annotated[str, Query(max_length=200)] = "",
    cursor: str | None = None,
) -> Response:
    """Newest first: all of one vendor account, else those in quarantine unless asked otherwise."""
    if vendor:
        which = None
    elif which is None:
        which = Shown.QUARANTINED
    outcome = None if which in (None, Shown.QUARANTINED, Shown.ALL) else which.value
    found = listing.list_callbacks(
        visit.hub,
        visit.actor,
        outcome=outcome,
        quarantined=True if which is Shown.QUARANTINED else None,
        vendor=vendor or None,
        cursor=cursor or None,
    )
    return show(
        visit,
        "callbacks.html",
        told=TOLD,
        found=found,
        turns=turns(PATH, cursor, found, show=which, vendor=vendor),
        vendor=vendor,
        which=which,
        names=NAMES,
        in_bulk=outcome is not None,
        path=PATH,
        badges=badges,
    )


@router.get(PATH + "/replay")
def ask_replay_all(visit: TheVisit, outcome: Annotated[Unsettled, Query()]) -> Response:
    """Asks before all callbacks with an outcome are taken again."""
    return show(visit, "callbacks_replay.html", outcome=outcome, path=PATH, badges=badges)


@router.post(PATH + "/replay")
def replay_many(
    visit: TheVisit, _form: TheForm, outcome: Annotated[Unsettled, Query()]
) -> Response:
    """Takes them again, as many as one call does; never one in quarantine."""
    replay_all(visit.hub, visit.actor, outcome)
    return back(PATH, "all", show=outcome)


@router.get(PATH + "/{callback_id}")
def show_callback(callback_id: Key, visit: TheVisit) -> Response:
    """One of them: why it had no effect, what it says (without secrets), and taking it again."""
    found = listing.show_callback(visit.hub, visit.actor, callback_id)
    return show(
        visit,
        "callback.html",
        told=TOLD,
        one=found,
        content=_readable(found.content),
        replayable=found.outcome in REPLAYABLE,
        accounts=sorted(visit.hub.vendors.vendors),
        path=PATH,
        badges=badges,
    )


def _readable(content: Any) -> str:
    return (
        content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=2)
    )


@router.post(PATH + "/{callback_id}/replay")
def replay_one(callback_id: Key, visit: TheVisit, form: TheForm) -> Response:
    """Takes it again; one in quarantine only with a reason, which is kept with the name."""
    replay(
        visit.hub,
        visit.actor,
        callback_id,
        reason=text(form, "reason"),
        vendor=text(form, "vendor") or None,
    )
    return back(f"{PATH}/{callback_id}", "replayed")
