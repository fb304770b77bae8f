"""Queries of polling: which attempts a vendor is asked about, and what it said of them last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.storage.attempts import ATTEMPT
from proctor_hub.storage.records import AttemptRecord, attempt_record
from proctor_hub.storage.tables import attempts, callbacks

_ASKED_ABOUT = (
    AttemptStatus.CREATED,
    AttemptStatus.DOWNLOAD_SOFTWARE_CLICKED,
    AttemptStatus.READY_TO_START,
    AttemptStatus.STARTED,
    AttemptStatus.READY_TO_SUBMIT,
    AttemptStatus.COMPLETED,
    AttemptStatus.TIMED_OUT,
    AttemptStatus.SUBMITTED,
    AttemptStatus.SECOND_REVIEW_REQUIRED,
)
_OPEN: tuple[sa.ColumnElement[bool], ...] = (
    # In the words of the partial index, so that SQLite sees that it answers.
    sa.literal_column("attempts.live"),
    attempts.c.status.in_([sa.literal_column(f"'{status}'") for status in _ASKED_ABOUT]),
    sa.literal_column("NOT (attempts.exam_type = 'practice' AND attempts.status = 'submitted')"),
)
_PAGE = (
    ATTEMPT.where(
        attempts.c.vendor == bindparam("vendor"),
        attempts.c.id > bindparam("after"),
        *_OPEN,
        attempts.c.external_id.is_not(None),
    )
    .order_by(attempts.c.id)
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A note of an earlier poll: a callback's row. ``request`` is sealed."""

    id: int
    outcome: str
    request: bytes


def open_attempts(
    conn: sa.Connection, vendor: str, *, after: int, count: int
) -> list[AttemptRecord]:
    """Live attempts with a session at the vendor for which something may come, by id."""
    values = {"vendor": vendor, "after": after, "count": count}
    return [attempt_record(row) for row in conn.execute(_PAGE, values)]


def notes(
    conn: sa.Connection, attempt_pks: Sequence[int], route: str, effective: Collection[str]
) -> dict[int, list[Noted]]:
    """Of each attempt its latest note, before it the latest that took effect if that is another.

    :param route: of the callbacks that are notes. :param effective: outcomes of those that did.
    """
    heads = conn.execute(
        sa.select(callbacks.c.attempt_pk, callbacks.c.id, callbacks.c.outcome)
        .where(callbacks.c.attempt_pk.in_(attempt_pks), callbacks.c.route == route)
        .order_by(callbacks.c.id)
    ).all()
    latest = {head.attempt_pk: head.id for head in heads}
    effects = {head.attempt_pk: head.id for head in heads if head.outcome in effective}
    wanted = {*latest.values(), *effects.values()}
    rows = conn.execute(
        sa.select(callbacks.c.attempt_pk, callbacks.c.id, callbacks.c.outcome, callbacks.c.request)
        .where(callbacks.c.id.in_(sorted(wanted)))
        .order_by(callbacks.c.id)
    )
    found: dict[int, list[Noted]] = {}
    for row in rows:
        note = Noted(id=row.id, outcome=row.outcome, request=row.request)
        found.setdefault(row.attempt_pk, []).append(note)
    return found


def latest_note(conn: sa.Connection, attempt_pk: int, route: str) -> int | None:
    """The id of the attempt's latest note."""
    pk: int | None = conn.scalar(
        sa.select(callbacks.c.id)
        .where(callbacks.c.attempt_pk == attempt_pk, callbacks.c.route == route)
        .order_by(callbacks.c.id.desc())
        .limit(1)
    )
    return pk
