"""What staff sees of an attempt's reviews: revisions with incidents, and the link to the video."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from proctor_hub.domain.incidents import Incident
from proctor_hub.domain.words import ReviewStatus
from proctor_hub.services import paging
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.reviews import VIDEO, incidents_of
from proctor_hub.storage import reviews as store


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of an attempt's review. ``disposition`` says what it did, or why nothing."""

    number: int
    received_at: datetime
    status: ReviewStatus
    vendor_status: str
    incidents: tuple[Incident, ...]
    reviewed_by: str | None
    comment: str
    flagged: bool
    disposition: str
    video_url: str | None


def list_revisions(
    hub: Hub,
    actor: Actor,
    code: str,
    *,
    newest_first: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[Revision]:
    """Revisions, oldest first unless asked otherwise, for staff that may see the course's reviews.

    :raises NotFound: no such attempt, or not the caller's to see. :raises Forbidden: a learner.
    """
    size, at = paging.limit_of(hub, limit), paging.place(cursor, newest_first=newest_first)
    with hub.database.read() as conn:
        record = visible(conn, actor, code)
        hidden = ("attempt", code)
        ensure(conn, actor, Permission.SEE_REVIEWS, record.course_pk, hidden_as=hidden)
        rows = store.page(conn, record.id, at=at, newest_first=newest_first, count=size + 1)
    found = paging.page(rows, size, lambda row: [row.revision])
    items = tuple(_revision(hub, row) for row in found.items)
    return paging.Page(items=items, next_cursor=found.next_cursor)


def _revision(hub: Hub, row: store.StoredReview) -> Revision:
    video = None
    if row.video_url is not None:
        video = hub.keyring.decrypt(row.video_url, context=VIDEO).decode()
    return Revision(
        number=row.revision,
        received_at=row.received_at,
        status=ReviewStatus(row.status),
        vendor_status=row.vendor_status,
        incidents=incidents_of(row.incidents),
        reviewed_by=row.reviewed_by,
        comment=row.comment,
        flagged=row.flagged,
        disposition=row.disposition,
        video_url=video,
    )
