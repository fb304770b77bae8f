"""Erasing a learner from every table that may know them; statuses and counts stay (domain §1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted
from proctor_hub.storage.attempts import lock_all
from proctor_hub.storage.audit import Acting
from proctor_hub.storage.forgetting import Emptied
from proctor_hub.storage.tables import (
    allowances,
    attempts,
    audit,
    callbacks,
    course_team,
    decisions,
    enrolments,
    external_ids,
    history,
    people,
    pseudonyms,
    retirement_receipts,
    retirements,
    reviews,
    staff,
)

_BY_PEOPLE = sa.text("history.role IN ('learner', 'course_team', 'support', 'operator')")
"""Of which lines of history the actor is found by an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedIn:
    """A review of anybody's that names a person as the one who decided, and the call it came by."""

    review_pk: int
    name: str
    callback_pk: int | None


def _own(person_pk: int) -> Any:
    return sa.select(attempts.c.id).where(attempts.c.person_pk == person_pk)


def erase_person(
    conn: sa.Connection, person_pk: int, *, user_id: str, username: str, now: datetime
) -> None:
    """Neutral names, no membership, no enrolment."""
    conn.execute(
        people.update()
        .where(people.c.id == person_pk)
        .values(
            user_id=user_id, username=username, full_name="", email="", language="", retired_at=now
        )
    )
    for table in (staff, course_team, enrolments):
        conn.execute(table.delete().where(table.c.person_pk == person_pk))
    conn.execute(
        allowances.update().where(allowances.c.person_pk == person_pk).values(policy_exception="")
    )


def is_retired(conn: sa.Connection, person_pk: int) -> bool:
    """Whether the learner has been erased."""
    return conn.scalar(sa.select(people.c.retired_at).where(people.c.id == person_pk)) is not None


_RETIRED = noted("the learner was retired")


def archive_attempts(conn: sa.Connection, person_pk: int, actor: Acting, now: datetime) -> None:
    """Live attempts are archived: whatever still arrives moves nothing and tells nobody.

    First of all that a retirement does: what is just being done to one of them is done by then.
    """
    lock_all(conn, attempts.c.person_pk == person_pk)
    reason, columns = f"archived: {_RETIRED}", attempts.c
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


def codes_of(conn: sa.Connection, person_pk: int) -> list[str]:
    """The codes of all the person's attempts."""
    return list(conn.scalars(sa.select(attempts.c.code).where(attempts.c.person_pk == person_pk)))


def vendors_names_of(conn: sa.Connection, person_pk: int) -> list[str]:
    """What vendors call the person and their sessions: pseudonyms and external ids."""
    ids = sa.select(external_ids.c.external_id).where(
        external_ids.c.attempt_pk.in_(_own(person_pk))
    )
    names = sa.select(pseudonyms.c.pseudonym).where(pseudonyms.c.person_pk == person_pk)
    return [*conn.scalars(ids), *conn.scalars(names)]


def take_decider(conn: sa.Connection, person_pk: int, email: str) -> list[NamedIn]:
    """Erase from all reviews the address by which vendors named this person as who decided.

    Those that counted as their decision, and those that bear their address; returns them.
    """
    decided = sa.select(decisions.c.review_pk).where(
        decisions.c.person_pk == person_pk, decisions.c.review_pk.is_not(None)
    )
    named = reviews.c.reviewed_by.is_not(None)
    conditions: list[sa.ColumnElement[bool]] = [reviews.c.id.in_(decided)]
    if email:
        conditions.append(sa.func.lower(reviews.c.reviewed_by) == sa.func.lower(email))
    columns = (reviews.c.id, reviews.c.reviewed_by, reviews.c.callback_pk)
    found: dict[int, NamedIn] = {}
    # Two statements, each on an index of its own.
    for condition in conditions:
        for pk, name, callback_pk in conn.execute(sa.select(*columns).where(condition, named)):
            found[pk] = NamedIn(review_pk=pk, name=name, callback_pk=callback_pk)
    if found:
        erased = reviews.update().where(reviews.c.id == sa.bindparam("pk"))
        conn.execute(erased.values(reviewed_by=None), [{"pk": pk} for pk in found])
    return list(found.values())


def erase_callbacks(conn: sa.Connection, person_pk: int, emptied: Emptied) -> None:
    """What the vendor sent about the learner's attempts: only that it came stays."""
    conn.execute(
        callbacks.update()
        .where(callbacks.c.attempt_pk.in_(_own(person_pk)))
        .values(emptied.values())
    )


def rename(conn: sa.Connection, user_id: str, new_id: str) -> None:
    """The user id where it stands for somebody who acted or was acted on."""
    vouched, confirmed = callbacks.c.vouched_by, retirement_receipts.c.confirmed_by
    # What narrows a partial index is said again: no table is walked.
    for column, narrowed in (
        (history.c.actor, _BY_PEOPLE),
        (audit.c.actor, sa.true()),
        (audit.c.subject, sa.true()),
        (allowances.c.granted_by, sa.true()),
        (retirements.c.requested_by, sa.true()),
        (vouched, vouched != sa.literal_column("''")),
        (confirmed, confirmed != sa.literal_column("''")),
    ):
        change = sa.update(column.table).where(column == user_id, narrowed)
        conn.execute(change.values({column.name: new_id}))
