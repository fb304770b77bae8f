"""Reading and mending the job engine's queue, in the hub's own transactions.

The tables are DBOS's (see ``job_schema``); tests hold what is used of them against the release we
are bound to. Their times are milliseconds of the database's clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.storage import workers
from proctor_hub.storage.job_schema import SCHEMA
from proctor_hub.storage.tables import workers as worker_rows

_COLUMNS = (
    "workflow_uuid",
    "status",
    "name",
    "queue_name",
    "executor_id",
    "owner_xid",
    "recovery_attempts",
    "created_at",
    "updated_at",
    "started_at_epoch_ms",
    "completed_at",
    "delay_until_epoch_ms",
)
_TIMES = frozenset(
    {"created_at", "updated_at", "started_at_epoch_ms", "completed_at", "delay_until_epoch_ms"}
)
_MOST_LATE = 200


class JobStatus(StrEnum):
    """What a job is doing."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


LABELS: Mapping[JobStatus, str] = {
    JobStatus.QUEUED: noted("Queued"),
    JobStatus.RUNNING: noted("Running"),
    JobStatus.DONE: noted("Done"),
    JobStatus.FAILED: noted("Job failed"),
}
"""What people read for each."""


_WORDS: Mapping[JobStatus, tuple[str, ...]] = {
    JobStatus.QUEUED: ("ENQUEUED", "DELAYED"),
    JobStatus.RUNNING: ("PENDING",),
    JobStatus.DONE: ("SUCCESS",),
    JobStatus.FAILED: ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"),
}
_STATUS_OF = {word: status for status, words in _WORDS.items() for word in words}
# Unfinished ones, in the words of the engine's indexes.
_IN_FLIGHT = ("ENQUEUED", "PENDING")
_DELAYED = ("DELAYED",)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job in the queue or out of it.

    :param due_at: not to be begun before; None: at once. :param starts: how often a process began
        it. :param worker: who did last. :param error: why it failed.
    """

    key: str
    job: str
    status: JobStatus
    queued_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    starts: int
    worker: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateJob:
    """A job that waits or runs for too long; ``since`` it could have been begun, or was."""

    key: str
    job: str
    status: JobStatus
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """So many jobs of a kind have this status, not one of them before ``oldest``."""

    job: str
    status: JobStatus
    count: int
    oldest: datetime


def newest_first(
    conn: sa.Connection,
    *,
    status: JobStatus | None,
    before: tuple[int, str] | None,
    count: int,
) -> list[JobRow]:
    """Jobs, the last queued first.

    :param before: go on after the one of this :func:`position`.
    """
    query, table = _select(conn)
    if status is not None:
        query = query.where(_is(table, *_WORDS[status]))
    if before is not None:
        place = sa.tuple_(table.c.created_at, table.c.workflow_uuid)
        at, key = before
        query = query.where(place < sa.tuple_(sa.literal(at, sa.BigInteger), sa.literal(key)))
    query = query.order_by(table.c.created_at.desc(), table.c.workflow_uuid.desc()).limit(count)
    return [_row(row._mapping) for row in conn.execute(query)]


def by_key(conn: sa.Connection, key: str) -> JobRow | None:
    """One job."""
    query, table = _select(conn)
    row = conn.execute(query.where(table.c.workflow_uuid == key)).first()
    return None if row is None else _row(row._mapping)


def position(row: JobRow) -> tuple[int, str]:
    """Where ``row`` stands in the list."""
    return _milliseconds(row.queued_at), row.key


def retry(conn: sa.Connection, key: str) -> JobStatus | None:
    """Put a failed job back into its queue, as if it had never been begun.

    :return: what it was; only a failed one was changed. None: there is no such job.
    """
    table = _table(conn, "workflow_status", *_COLUMNS, "error", "output")
    found = conn.scalar(sa.select(table.c.status).where(table.c.workflow_uuid == key))
    if found is None:
        return None
    values = {
        **_queued(conn),
        "recovery_attempts": 0,
        "completed_at": None,
        "output": None,
        "error": None,
        # A cancelled one was taken out of its queue.
        "queue_name": table.c.name,
    }
    failed = (table.c.workflow_uuid == key) & _is(table, *_WORDS[JobStatus.FAILED])
    if conn.execute(sa.update(table).where(failed).values(values)).rowcount == 1:
        _forget(conn, [key], "workflow_output", "operation_outputs")
        return JobStatus.FAILED
    status = _STATUS_OF[found]
    # It was failed a moment ago: somebody else retried it in between.
    return JobStatus.QUEUED if status is JobStatus.FAILED else status


def put_back_of_dead(conn: sa.Connection, lease_seconds: float) -> list[str]:
    """Put back what workers had begun that do not live any more; returns the keys.

    In one statement, so that a worker which takes a dead one's name meanwhile keeps what it begins.
    """
    table = _table(conn, "workflow_status", *_COLUMNS)
    alive = workers.alive(conn, lease_seconds).where(worker_rows.c.name == table.c.executor_id)
    return _put_back(conn, table, ~alive.exists())


def put_back(conn: sa.Connection, keys: frozenset[str], worker: str) -> list[str]:
    """Put back those of ``keys`` that count as begun by ``worker``; returns which they were."""
    table = _table(conn, "workflow_status", *_COLUMNS)
    return _put_back(
        conn, table, table.c.workflow_uuid.in_(sorted(keys)) & (table.c.executor_id == worker)
    )


def begun_by(conn: sa.Connection, worker: str) -> frozenset[str]:
    """The keys of the jobs that count as running in ``worker``."""
    table = _table(conn, "workflow_status", *_COLUMNS)
    mine = _is(table, "PENDING") & (table.c.executor_id == worker)
    return frozenset(conn.scalars(sa.select(table.c.workflow_uuid).where(mine)))


def late(conn: sa.Connection, patience: Mapping[str, float]) -> list[LateJob]:
    """Jobs that wait or run for longer than they may, the oldest first, 200 at most.

    :param patience: name → seconds. One whose name is not there is late from the beginning: nobody
        knows how to run it.
    """
    table = _table(conn, "workflow_status", *_COLUMNS)
    now = sa.cast(_milliseconds(workers.clock(conn)), sa.BigInteger)
    since = _since(table)
    # Cast: PostgreSQL takes a number for the smallest type it fits in, and a sum may not fit.
    milliseconds = {
        name: sa.cast(int(seconds * 1000), sa.BigInteger) for name, seconds in patience.items()
    }
    nothing = sa.cast(0, sa.BigInteger)
    allowed = sa.case(milliseconds, value=table.c.name, else_=nothing) if patience else nothing
    query = (
        sa.select(table.c.workflow_uuid, table.c.name, table.c.status, since.label("since"))
        .where(now - since >= allowed)
        .order_by(since)
        .limit(_MOST_LATE)
    )
    found = [
        LateJob(key=key, job=name, status=_STATUS_OF[status], since=_moment(at))
        for words in (_IN_FLIGHT, _DELAYED)
        for key, name, status, at in conn.execute(query.where(_is(table, *words)))
    ]
    return sorted(found, key=lambda one: one.since)[:_MOST_LATE]


def counts(conn: sa.Connection) -> list[JobCount]:
    """How many jobs wait, run or have failed, of each kind."""
    table = _table(conn, "workflow_status", *_COLUMNS)
    found: list[JobCount] = []
    for words in (_IN_FLIGHT, _DELAYED, _WORDS[JobStatus.FAILED]):
        query = (
            sa.select(table.c.name, table.c.status, sa.func.count(), sa.func.min(_since(table)))
            .where(_is(table, *words))
            .group_by(table.c.name, table.c.status)
        )
        found += [
            JobCount(job=name, status=_STATUS_OF[status], count=number, oldest=_moment(oldest))
            for name, status, number, oldest in conn.execute(query)
        ]
    return found


def prune(conn: sa.Connection, before: datetime, most: int) -> int:
    """Forget up to ``most`` jobs that were done before ``before``; returns how many."""
    table = _table(conn, "workflow_status", *_COLUMNS)
    old = (table.c.completed_at < _milliseconds(before)) & _is(table, *_WORDS[JobStatus.DONE])
    query = sa.select(table.c.workflow_uuid).where(old).order_by(table.c.completed_at).limit(most)
    keys = list(conn.scalars(query))
    _forget(conn, keys, "workflow_input", "workflow_output", "operation_outputs", "workflow_status")
    return len(keys)


def _select(conn: sa.Connection) -> tuple[sa.Select[Any], sa.TableClause]:
    """Jobs with what became of them, and the table to narrow it by."""
    table = _table(conn, "workflow_status", *_COLUMNS, "error")
    output = _table(conn, "workflow_output", "workflow_uuid", "error")
    joined = table.outerjoin(output, output.c.workflow_uuid == table.c.workflow_uuid)
    error = sa.func.coalesce(output.c.error, table.c.error)
    columns = [table.c[name] for name in _COLUMNS]
    return sa.select(*columns, error.label("error")).select_from(joined), table


def _put_back(
    conn: sa.Connection, table: sa.TableClause, which: sa.ColumnElement[bool]
) -> list[str]:
    query = sa.update(table).where(_is(table, "PENDING"), which).values(_queued(conn))
    return sorted(conn.scalars(query.returning(table.c.workflow_uuid)))


def _queued(conn: sa.Connection) -> dict[str, Any]:
    return {
        "status": "ENQUEUED",
        "owner_xid": None,
        "started_at_epoch_ms": None,
        "updated_at": _milliseconds(workers.clock(conn)),
    }


def _forget(conn: sa.Connection, keys: list[str], *names: str) -> None:
    for name in names if keys else ():
        table = _table(conn, name, "workflow_uuid")
        conn.execute(sa.delete(table).where(table.c.workflow_uuid.in_(keys)))


def _since(table: sa.TableClause) -> sa.ColumnElement[int]:
    """When it was begun, or could have been."""
    columns = table.c
    due = sa.func.coalesce(columns.delay_until_epoch_ms, 0)
    queued = sa.case((due > columns.updated_at, due), else_=columns.updated_at)
    begun = sa.func.coalesce(columns.started_at_epoch_ms, columns.updated_at)
    return sa.case((columns.status == "PENDING", begun), else_=queued)


def _is(table: sa.TableClause, *words: str) -> sa.ColumnElement[bool]:
    # Written out, not bound: an index of only some statuses is used only where the text says them.
    literals: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{word}'") for word in words]
    return table.c.status == literals[0] if len(literals) == 1 else table.c.status.in_(literals)


def _table(conn: sa.Connection, name: str, *columns: str) -> sa.TableClause:
    schema = SCHEMA if conn.dialect.name == "postgresql" else None
    return sa.table(name, *map(_column, columns), schema=schema)


def _column(name: str) -> sa.ColumnClause[Any]:
    # Without its type a moment to compare with would be sent as a number too small to hold it.
    return sa.column(name, sa.BigInteger) if name in _TIMES else sa.column(name)


def _row(row: sa.RowMapping) -> JobRow:
    return JobRow(
        key=row["workflow_uuid"],
        job=row["name"],
        status=_STATUS_OF[row["status"]],
        queued_at=_moment(row["created_at"]),
        due_at=_moment_or_none(row["delay_until_epoch_ms"]),
        started_at=_moment_or_none(row["started_at_epoch_ms"]),
        ended_at=_moment_or_none(row["completed_at"]),
        starts=row["recovery_attempts"] or 0,
        worker=row["executor_id"] or "",
        error=_error(row["status"], row["error"]),
    )


def _error(status: str, stored: str | None) -> str:
    if status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return "its process ended each time it was begun"
    if stored is None:
        return ""
    try:
        return str(json.loads(stored)["message"])
    except (ValueError, KeyError, TypeError):
        return "the error that was stored cannot be read"


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _moment_or_none(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _moment(milliseconds)


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
