"""Long work, as operators see it: what waits, runs, is done or has failed; and trying again."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.domain.told import noted, told, worded
from proctor_hub.services import paging
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Conflict, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import audit
from proctor_hub.storage import jobs as store
from proctor_hub.storage.jobs import LABELS, JobRow, JobStatus

_STATUSES = tuple(JobStatus)


def list_jobs(
    hub: Hub,
    actor: Actor,
    *,
    status: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[JobRow]:
    """Jobs, the last queued first, for operators.

    :param status: only those: queued, running, done or failed.
    :raises Invalid: no such status. :raises Forbidden: not an operator.
    """
    size = paging.limit_of(hub, limit)
    if status is not None and status not in _STATUSES:
        raise Invalid(
            noted("There is no such status."), fields={"status": "one of " + ", ".join(_STATUSES)}
        )
    before = None
    if cursor is not None:
        at, key = paging.decode(cursor, int, str)
        before = int(at), str(key)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)
        rows = store.newest_first(
            conn,
            status=None if status is None else JobStatus(status),
            before=before,
            count=size + 1,
        )
    return paging.page(rows, size, store.position)


def retry_job(hub: Hub, actor: Actor, key: str) -> JobRow:
    """Have a failed job tried again from the beginning; on record.

    :return: it, in the queue again.
    :raises NotFound: there is no such job. :raises Conflict: it has not failed.
    """

    def unit(conn: sa.Connection) -> JobRow:
        ensure(conn, actor, Permission.RETRY)
        was = store.retry(conn, key) if storable(key) else None
        row = None if was is None else store.by_key(conn, key)
        if was is None or row is None:
            raise NotFound("job", key)
        if was is not JobStatus.FAILED:
            raise Conflict(
                told(
                    "job %(key)s is “%(was)s”; only a failed one can be retried",
                    key=key,
                    was=worded(was, LABELS[was]),
                ),
                code="not_failed",
            )
        audit.record(conn, hub.now(), actor, "job.retried", None, key, {"job": row.job})
        return row

    return hub.database.write(unit)
