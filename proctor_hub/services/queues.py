"""Second-review queues: support's over all courses, the course team's per course (domain §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import ReviewOwner, Role
from proctor_hub.services import paging
from proctor_hub.services.authorize import roles_in
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import courses, review_claims
from proctor_hub.storage import second_reviews as store
from proctor_hub.storage.records import NOT_QUEUED, AttemptRecord
from proctor_hub.storage.review_claims import ReviewClaim
from proctor_hub.storage.second_reviews import Escalated, Note, Place
from proctor_hub.storage.types import to_text

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A second review that waits.

    :param since: when the attempt came into this queue; None: not known.
    :param claim: who holds it now. :param escalation: support's note, where it was escalated.
    """

    record: AttemptRecord
    since: datetime | None
    claim: ReviewClaim | None
    escalation: Note | None


def second_reviews(
    hub: Hub,
    actor: Actor,
    owner: ReviewOwner,
    *,
    course_id: str | None = None,
    vendor: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[QueueEntry]:
    """Attempts that wait for ``owner``'s decision, the one that waits longest first.

    Support sees both queues of all courses (what it escalated has its fate there), or of the one
    it signed in for; the course team sees its own course's queue. A page may be short, even empty,
    where a filter passes over many entries: its cursor goes on.

    :raises Forbidden: not the caller's queue. :raises NotFound: no such course for the caller.
    """
    size = paging.limit_of(hub, limit)
    after = store.BEGINNING if cursor is None else _place(cursor)
    with hub.database.read() as conn:
        course_pk = _course(conn, actor, owner, course_id)
        if not storable(vendor or ""):
            return paging.Page(items=())
        found, onward = store.queue(
            conn, owner, course_pk=course_pk, vendor=vendor, after=after, count=size + 1
        )
        entries = _entries(conn, found, hub.now())
    page = paging.page(entries, size, lambda entry: _key(store.place_of(entry.record)))
    return _going_on(page, None if onward is None else _key(onward))


def escalated(
    hub: Hub, actor: Actor, *, cursor: str | None = None, limit: int | None = None
) -> paging.Page[Escalated]:
    """What support escalated, newest first, with the attempt's status and latest decision: in all
    courses, or in the one that the caller signed in for; then a page may be short, even empty, as
    in :func:`second_reviews`.

    :raises Forbidden: the caller is not support.
    """
    size = paging.limit_of(hub, limit)
    before = paging.before_int(cursor)
    with hub.database.read() as conn:
        if Role.SUPPORT not in roles_in(conn, actor, actor.course_pk):
            raise Forbidden(noted("only support sees what support escalated in all courses"))
        found, onward = store.escalated(
            conn, course_pk=actor.course_pk, before=before, count=size + 1
        )
    page = paging.page(found, size, lambda one: [one.id])
    return _going_on(page, None if onward is None else [onward])


def _going_on(
    page: paging.Page[Item], onward: Sequence[paging.KeyPart] | None
) -> paging.Page[Item]:
    """The page; one that is short of what was looked through goes on behind that."""
    if onward is None or page.next_cursor is not None:
        return page
    return paging.Page(items=page.items, next_cursor=paging.encode(onward))


def _key(place: Place) -> tuple[str, int]:
    return to_text(place[0]), place[1]


def _place(cursor: str) -> Place:
    moment, pk = paging.decode(cursor, str, int)
    return paging.moment(str(moment)), int(pk)


def _course(
    conn: sa.Connection, actor: Actor, owner: ReviewOwner, course_id: str | None
) -> int | None:
    named = course_id is not None and storable(course_id)
    course = courses.by_course_id(conn, course_id or "") if named else None
    if course_id is not None and course is None:
        raise NotFound("course", course_id)
    course_pk = actor.course_pk if course is None else course.id
    roles = roles_in(conn, actor, course_pk)
    if Role.SUPPORT not in roles:
        if course is None:
            raise Forbidden(noted("name a course: only support sees the queues of all courses"))
        if Role.COURSE_TEAM not in roles:
            raise NotFound("course", course.course_id)
        if owner is not ReviewOwner.COURSE_TEAM:
            raise Forbidden(noted("this queue is support's"))
    return course_pk


def _entries(conn: sa.Connection, found: list[AttemptRecord], now: datetime) -> list[QueueEntry]:
    pks = [record.id for record in found]
    claims = review_claims.of_attempts(conn, pks, now)
    notes = store.escalations_of(conn, pks)
    return [
        QueueEntry(
            record=record,
            since=None if record.queued_at == NOT_QUEUED else record.queued_at,
            claim=claims.get(record.id),
            # An earlier one was answered, where the second review is support's again.
            escalation=notes.get(record.id)
            if record.review_owner is ReviewOwner.COURSE_TEAM
            else None,
        )
        for record in found
    ]
