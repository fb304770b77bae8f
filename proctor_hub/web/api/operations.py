"""For operators: vendors and their health, kept callbacks, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from proctor_hub.services import audit
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.callbacks import listing
from proctor_hub.services.callbacks.replay import replay
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.vendor_health import check_health
from proctor_hub.services.vendor_report import VendorLine, vendor_lines
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.subjects import Capability
from proctor_hub.web.context import TheActor, TheHub
from proctor_hub.web.models_base import Cursor, Key, Limit, Out, PageOf, page_of
from proctor_hub.web.models_reviews import AuditOut, CallbackOut, ReplayIn, ReplayOut
from proctor_hub.web.slicing import sliced

router = APIRouter(tags=["operations"])


class VendorOut(Out):
    """A vendor account, or an installed plugin that no account uses."""

    slug: str | None = Field(description="The account; null: installed, but no account uses it")
    plugin: str
    distribution: str
    version: str
    name: str = Field(description="The vendor's name as people know it")
    configured: bool = Field(description="Whether courses can use it")
    reason: str = Field(description="Why it is not")
    exam_types: list[str]
    capabilities: list[str]
    hooks: list[str] = Field(description="Hooks the plugin implements itself")
    healthy: bool | None = Field(description="Null: not asked, or it has no such check")
    health_detail: str


@router.get("/vendors", summary="Vendor accounts and installed plugins")
def list_vendors(
    hub: TheHub,
    actor: TheActor,
    health: Annotated[bool, Query(description="Ask each vendor whether it answers")] = False,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[VendorOut]:
    """With what each can do, or why it cannot be used; for operators."""
    _ensure_operator(hub, actor)
    lines = list(enumerate(vendor_lines(hub.vendors, hub.public_url), start=1))
    page = sliced(hub, lines, lambda numbered: numbered[0], cursor, limit)
    asked = check_health(
        hub.vendors.vendors[line.slug]
        for _, line in page.items
        if health and line.slug and Capability.HEALTH_CHECK in (line.capabilities or ())
    )
    return page_of(page, lambda numbered: _vendor(numbered[1], asked))


@router.get("/callbacks", summary="Kept callbacks")
def list_callbacks(
    hub: TheHub,
    actor: TheActor,
    outcome: Annotated[str | None, Query(description="Only with this outcome")] = None,
    quarantined: Annotated[bool | None, Query(description="Only those, or only others")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[CallbackOut]:
    """Newest first; for operators."""
    page = listing.list_callbacks(
        hub, actor, outcome=outcome, quarantined=quarantined, cursor=cursor, limit=limit
    )
    return page_of(page, CallbackOut.model_validate)


@router.get("/callbacks/{callback_id}", summary="A kept callback")
def show_callback(callback_id: Key, hub: TheHub, actor: TheActor) -> CallbackOut:
    """With a view of its content, without video links, photographs and secrets."""
    return CallbackOut.model_validate(listing.show_callback(hub, actor, callback_id))


@router.post("/callbacks/{callback_id}/replay", summary="Take a kept callback again")
def replay_callback(callback_id: Key, body: ReplayIn, hub: TheHub, actor: TheActor) -> ReplayOut:
    """After a mend; a quarantined one only with a reason, on record."""
    done = replay(hub, actor, callback_id, reason=body.reason, vendor=body.vendor)
    outcome = done.outcome
    return ReplayOut(
        code=outcome.code,
        status=outcome.status,
        detail=outcome.detail,
        attempt_code=done.attempt_code,
    )


@router.get("/audit", summary="The audit log")
def list_audit(
    hub: TheHub,
    actor: TheActor,
    course_id: Annotated[str | None, Query(description="Only of this course")] = None,
    by: Annotated[str | None, Query(description="Only by this user or client")] = None,
    action: Annotated[str | None, Query(description="Only this, such as `course.changed`")] = None,
    subject: Annotated[str | None, Query(description="Only about exactly this")] = None,
    since: Annotated[datetime | None, Query(description="From this moment on")] = None,
    until: Annotated[datetime | None, Query(description="Before this moment")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> PageOf[AuditOut]:
    """What was changed, the last first, that meets all of what is asked; for operators.

    A page may be shorter than the limit, even empty, and still have a `next_cursor`: so far was
    looked for it."""
    page = audit.list_audit(
        hub,
        actor,
        course_id=course_id,
        by=by,
        action=action,
        subject=subject,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, AuditOut.model_validate)


def _ensure_operator(hub: Hub, actor: Actor) -> None:
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)


def _vendor(line: VendorLine, asked: Mapping[str, Health]) -> VendorOut:
    found = asked.get(line.slug or "")
    return VendorOut(
        slug=line.slug,
        plugin=line.plugin,
        distribution=line.distribution,
        version=line.version,
        name=line.name,
        configured=line.configured,
        reason=line.reason,
        exam_types=list(line.exam_types),
        capabilities=list(line.capabilities or ()),
        hooks=list(line.hooks),
        healthy=None if found is None else found.ok,
        health_detail="" if found is None else found.detail,
    )
