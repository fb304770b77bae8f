"""Reading what was done: the audit log of settings, and the history of an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.services.authorize import Permission, ensure, may_know_attempt
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.services.paging import (
    Page,
    after_int,
    decode,
    encode,
    limit_of,
    moment,
    page,
)
from proctor_hub.storage import attempts, audit, history
from proctor_hub.storage.audit import ACTIONS, AuditEntry, AuditFilter, Place
from proctor_hub.storage.history import HistoryEntry
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.types import to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage(Page[AuditEntry]):
    """Some lines. ``looked_back_to``: so far it was looked for fewer than a page; None: a full page
    or all there is."""

    looked_back_to: datetime | None = None


def list_audit(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str | None = None,
    by: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> AuditPage:
    """What was changed, the last first, that meets all of what is asked; for operators (domain §2).

    :param by: id of the person or client who did it. :param action: such as ``course.changed``.
    :param subject: exactly what was changed: an id of a user, a client, a report …
    :param until: what was done before this moment.
    :raises NotFound: the course. :raises Forbidden: not an operator. :raises Invalid: there is no
        such action, a time without a zone, or the cursor is of another list.
    """
    if action is not None and action not in ACTIONS:
        raise Invalid(
            noted("There is no such action."), fields={"action": noted("choose one of the list")}
        )
    count, before = limit_of(hub, limit), _place(cursor)
    with hub.database.read() as conn:
        course_pk = None
        if course_id is None:
            ensure(conn, actor, Permission.SEE_AUDIT)
        else:
            course_pk = course_for(conn, actor, Permission.SEE_AUDIT, course_id).id
        if not storable((by or "") + (subject or "")):
            return AuditPage(items=())
        wanted = AuditFilter(
            actor=by,
            action=action,
            subject=subject,
            course_pk=course_pk,
            since=_utc("since", since),
            until=_utc("until", until),
        )
        found, rest = audit.page(conn, wanted, before=before, count=count + 1)
    if rest is not None:
        cursor = encode([to_text(rest[0]), rest[1]])
        return AuditPage(items=tuple(found), next_cursor=cursor, looked_back_to=rest[0])
    whole = page(found, count, lambda entry: [to_text(entry.at), entry.id])
    return AuditPage(items=whole.items, next_cursor=whole.next_cursor)


def attempt_history(
    hub: Hub,
    actor: Actor,
    *,
    code: str,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[HistoryEntry]:
    """All that happened to an attempt, oldest first; for those who may see attempts or the audit.

    :raises NotFound: there is no such attempt, or it is not the actor's to see.
    """
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        record = _with_history(conn, actor, code)
        found = history.page(conn, record.id, after=after, count=count + 1)
    return page(found, count, lambda entry: [entry.id])


def last_change(hub: Hub, actor: Actor, *, code: str) -> HistoryEntry | None:
    """The latest line of :func:`attempt_history`, for whom that is; raises as that does."""
    with hub.database.read() as conn:
        return history.latest(conn, _with_history(conn, actor, code).id)


def _with_history(conn: sa.Connection, actor: Actor, code: str) -> AttemptRecord:
    record = attempts.by_code(conn, code) if storable(code) else None
    if record is None or not may_know_attempt(conn, actor, record.course_pk, record.person_pk):
        raise NotFound("attempt", code)
    ensure(conn, actor, Permission.SEE_HISTORY, record.course_pk)
    return record


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    at, pk = decode(cursor, str, int)
    return moment(str(at)), int(pk)


def _utc(name: str, given: datetime | None) -> datetime | None:
    if given is None:
        return None
    if given.tzinfo is None:
        raise Invalid(noted("A time needs a zone."), fields={name: noted("with a zone, such as Z")})
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise Invalid(
            noted("There is no such time."), fields={name: noted("of a year from 1 to 9999")}
        ) from None
