"""``/operator/jobs``: long work, and trying again what failed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.services import jobs
from proctor_hub.storage.jobs import JobStatus
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator import badges
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/jobs"
TOLD = {"retried": noted("The job is in the queue again, and begins from its beginning.")}


@router.get(PATH)
def list_jobs(
    visit: TheVisit,
    status: Annotated[str, Query(max_length=20)] = "",
    cursor: str | None = None,
) -> Response:
    """The last queued first; a state there is not asks for none."""
    chosen = JobStatus(status) if status in set(JobStatus) else None
    found = jobs.list_jobs(visit.hub, visit.actor, status=chosen, cursor=cursor or None)
    return show(
        visit,
        "jobs.html",
        told=TOLD,
        found=found,
        turns=turns(PATH, cursor, found, status=chosen),
        chosen=chosen,
        statuses=JobStatus,
        path=PATH,
        badges=badges,
    )


@router.post(PATH + "/retry")
def retry(visit: TheVisit, form: TheForm) -> Response:
    """Has a failed job tried again."""
    jobs.retry_job(visit.hub, visit.actor, text(form, "key"))
    return back(PATH, "retried", status=JobStatus.FAILED)
