"""Reading what was done: the audit log of settings, and the history of an attempt."""

from __future__ import annotations

from proctor_hub.services.authorize import Permission, ensure, may_know_attempt
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.services.paging import Page, after_int, before_int, limit_of, page
from proctor_hub.storage import attempts, audit, history
from proctor_hub.storage.audit import AuditEntry
from proctor_hub.storage.history import HistoryEntry


def list_audit(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[AuditEntry]:
    """Changes of settings, newest first, of one course or of all; for operators (domain §2).

    :raises NotFound: the course. :raises Forbidden: not an operator.
    """
    count, before = limit_of(hub, limit), before_int(cursor)
    with hub.database.read() as conn:
        course_pk = None
        if course_id is None:
            ensure(conn, actor, Permission.SEE_AUDIT)
        else:
            course_pk = course_for(conn, actor, Permission.SEE_AUDIT, course_id).id
        found = audit.page(conn, before=before, count=count + 1, course_pk=course_pk)
    return page(found, count, lambda entry: [entry.id])


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
        record = attempts.by_code(conn, code) if storable(code) else None
        if record is None or not may_know_attempt(conn, actor, record.course_pk, record.person_pk):
            raise NotFound("attempt", code)
        ensure(conn, actor, Permission.SEE_HISTORY, record.course_pk)
        found = history.page(conn, record.id, after=after, count=count + 1)
    return page(found, count, lambda entry: [entry.id])
