"""For operators: long work, and trying again what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from proctor_hub.services import jobs
from proctor_hub.storage.jobs import JobStatus
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Limit, Out, PageOf, page_of

router = APIRouter(tags=["operations"])


class JobOut(Out):
    """A piece of long work."""

    key: str = Field(description="Its own id, derived from what it is about")
    job: str = Field(description="What kind of work it is")
    status: JobStatus
    queued_at: datetime
    due_at: datetime | None = Field(description="Not begun before; null: at once")
    started_at: datetime | None = Field(description="When a process began it last")
    ended_at: datetime | None
    starts: int = Field(description="How often a process began it")
    worker: str = Field(description="The process that began it last")
    error: str = Field(description="Why it failed")


@router.get("/jobs", summary="Long work")
def list_jobs(
    hub: TheHub,
    actor: TheActor,
    status: Annotated[JobStatus | None, Query(description="Only those")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[JobOut]:
    """The last queued first; for operators."""
    page = jobs.list_jobs(hub, actor, status=status, cursor=cursor, limit=limit)
    return page_of(page, JobOut.model_validate)


@router.post("/jobs/{key:id}/retry", summary="Have a failed job tried again")
def retry_job(key: Annotated[str, Path(max_length=200)], hub: TheHub, actor: TheActor) -> JobOut:
    """From the beginning; for operators, on record."""
    return JobOut.model_validate(jobs.retry_job(hub, actor, key))
