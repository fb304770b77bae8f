"""Erasing a learner from every table that may know them; statuses and counts stay (domain §1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.moves import Cause
from proctor_hub.storage.audit import Acting
from proctor_hub.storage.tables import (
    allowances,
    attempts,
    audit,
    callbacks,
    course_team,
    decisions,
    enrolments,
    history,
    idempotency,
    outbox,
    people,
    retirements,
    reviews,
    staff,
)

ERASED = "erased"
"""Outcome of a callback that cannot be replayed, since its content is gone."""


def _own(person_pk: int) -> Any:
    return sa.select(attempts.c.id).where(attempts.c.person_pk == person_pk)


def erase_person(
    conn: sa.Connection, person_pk: int, *, user_id: str, username: str, now: datetime
) -> None:
    """Neutral names, no membership, no enrolment."""
    conn.execute(
        people.update()
        .where(people.c.id == person_pk)
        .values(user_id=user_id, username=username, full_name="", email="", retired_at=now)
    )
    for table in (staff, course_team, enrolments):
        conn.execute(table.delete().where(table.c.person_pk == person_pk))
    conn.execute(
        allowances.update().where(allowances.c.person_pk == person_pk).values(policy_exception="")
    )


def is_retired(conn: sa.Connection, person_pk: int) -> bool:
    """Whether the learner has been erased."""
    return conn.scalar(sa.select(people.c.retired_at).where(people.c.id == person_pk)) is not None


def archive_attempts(conn: sa.Connection, person_pk: int, actor: Acting, now: datetime) -> None:
    """Live attempts are archived: whatever still arrives moves nothing and tells nobody."""
    reason, columns = "archived: the learner was retired", attempts.c
    lines = sa.select(
        columns.id,
        sa.literal(now, history.c.at.type),
        sa.literal(actor.role.value),
        sa.literal(actor.id),
        columns.status,
        columns.status,
        sa.literal(Cause.STAFF.value),
        sa.literal(reason),
    ).where(columns.person_pk == person_pk, columns.live)
    names = [column.name for column in history.c if column.name != "id"]
    conn.execute(history.insert().from_select(names, lines))
    conn.execute(
        attempts.update()
        .where(columns.person_pk == person_pk, columns.live)
        .values(live=False, version=columns.version + 1, updated_at=now)
    )


def erase_attempts(conn: sa.Connection, person_pk: int, username: str) -> None:
    """Names, texts and addresses on attempts, their history and their decisions."""
    conn.execute(
        attempts.update()
        .where(attempts.c.person_pk == person_pk)
        .values(
            username=username,
            email="",
            policy_exception="",
            suspicious_comments="",
            violation_comments="",
            last_poll_ip="",
            last_poll_at=None,
        )
    )
    for table in (history, decisions):
        conn.execute(
            table.update().where(table.c.attempt_pk.in_(_own(person_pk))).values(reason="")
        )


def erase_reviews(conn: sa.Connection, person_pk: int) -> None:
    """Texts, names and links of reviews; how many incidents of which kind stays."""
    mine = reviews.c.attempt_pk.in_(_own(person_pk))
    found = conn.execute(sa.select(reviews.c.id, reviews.c.incidents).where(mine)).all()
    rows = [
        {"pk": pk, "kept": [{**incident, "text": ""} for incident in incidents]}
        for pk, incidents in found
    ]
    if not rows:
        return
    conn.execute(
        reviews.update()
        .where(reviews.c.id == sa.bindparam("pk"))
        .values(incidents=sa.bindparam("kept", type_=reviews.c.incidents.type)),
        rows,
    )
    conn.execute(reviews.update().where(mine).values(comment="", reviewed_by=None, video_url=None))


def erase_decider(conn: sa.Connection, person_pk: int) -> None:
    """The address by which vendors named this person as the one who decided, on any attempt."""
    decided = sa.select(decisions.c.review_pk).where(
        decisions.c.person_pk == person_pk, decisions.c.review_pk.is_not(None)
    )
    conn.execute(reviews.update().where(reviews.c.id.in_(decided)).values(reviewed_by=None))


def erase_callbacks(
    conn: sa.Connection, person_pk: int, empty: bytes, replayable: frozenset[str]
) -> None:
    """What the vendor sent about the learner's attempts: only that it came stays."""
    outcome = sa.case(
        (callbacks.c.outcome.in_(sorted(replayable)), ERASED), else_=callbacks.c.outcome
    )
    conn.execute(
        callbacks.update()
        .where(callbacks.c.attempt_pk.in_(_own(person_pk)))
        .values(request=empty, size=0, digest="", detail="", outcome=outcome, vouched_reason="")
    )


def close_outbox(conn: sa.Connection, person_pk: int, now: datetime) -> None:
    """What tells of the learner's attempts is emptied; what waits for anyone but a vendor is ended.

    Vendors' notices hold no personal data, and the vendor is still to hear of its own sessions.
    """
    mine = outbox.c.attempt_pk.in_(_own(person_pk)) & outbox.c.destination.not_like("vendor:%")
    conn.execute(
        outbox.update()
        .where(mine, outbox.c.delivered_at.is_(None))
        .values(delivered_at=now, last_error="the learner was retired")
    )
    conn.execute(outbox.update().where(mine).values(payload={}))


def rename(conn: sa.Connection, user_id: str, new_id: str) -> None:
    """The user id where it stands for somebody who acted or was acted on."""
    for column in (
        history.c.actor,
        audit.c.actor,
        audit.c.subject,
        allowances.c.granted_by,
        retirements.c.requested_by,
        callbacks.c.vouched_by,
    ):
        table = column.table
        conn.execute(sa.update(table).where(column == user_id).values({column.name: new_id}))


def erase_answers(conn: sa.Connection, tells: Callable[[str, bytes | None], bool]) -> None:
    """Forget the stored answers (kept for 24 h) of which ``tells`` says that they name the learner.

    ``tells``: of path and sealed response.
    """
    keys = (idempotency.c.client_pk, idempotency.c.path, idempotency.c.key)
    for row in conn.execute(sa.select(*keys, idempotency.c.response)).all():
        if tells(row.path, row.response):
            conn.execute(
                idempotency.delete().where(
                    *(key == value for key, value in zip(keys, row[:3], strict=True))
                )
            )
