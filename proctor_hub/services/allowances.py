"""Allowances: more time or another policy for learners at exams, in bulk (domain §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.errors import AllowanceTooLate
from proctor_hub.domain.timing import Allowance, ensure_allowance_in_time
from proctor_hub.domain.told import noted, told
from proctor_hub.services.authorize import Permission
from proctor_hub.services.checks import LONG_TEXT_MAX, refuse, storable, text_problem
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for, exam_for, person_for
from proctor_hub.services.paging import Page, decode, limit_of, page
from proctor_hub.storage import allowances as store
from proctor_hub.storage import audit, exams, people
from proctor_hub.storage.allowances import AllowanceRecord

PAIRS_MAX = 5000
MINUTES_MAX = 366 * 24 * 60
MULTIPLIER_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The same allowance for every learner at every exam given; all of it or nothing.

    :param user_ids: learners of the course. :param exam_pks: its exams, none of them retired.
    """

    user_ids: Sequence[str]
    exam_pks: Sequence[int]
    allowance: Allowance


def grant_allowances(hub: Hub, actor: Actor, *, course_id: str, grant: Grant) -> int:
    """Grant or replace allowances; returns how many.

    :raises Invalid: with the path of each learner and exam that is not the course's.
    :raises AllowanceTooLate: one of the attempts has started; none was granted.
    """
    ensure_terms(grant)

    def unit(conn: sa.Connection) -> int:
        course = course_for(conn, actor, Permission.GRANT_ALLOWANCES, course_id)
        persons = people.keys_of(conn, course.id, grant.user_ids)
        # They stay the course's until the commit: a migration copies allowances, or comes after.
        ours = exams.kept(conn, course.id, grant.exam_pks)
        problems = {
            f"user_ids.{index}": "is not a learner of this course"
            for index, user_id in enumerate(grant.user_ids)
            if user_id not in persons
        }
        for index, pk in enumerate(grant.exam_pks):
            if pk not in ours:
                problems[f"exam_pks.{index}"] = noted("is not an exam of this course")
        refuse(problems)
        exam_pks, person_pks = sorted(set(grant.exam_pks)), sorted(persons.values())
        _ensure_in_time(conn, exam_pks, person_pks)
        owners = {pk: user_id for user_id, pk in persons.items()}
        return store_grant(hub, conn, actor, course.id, exam_pks, owners, grant.allowance)

    return hub.database.write(unit)


def store_grant(
    hub: Hub,
    conn: sa.Connection,
    actor: Actor,
    course_pk: int,
    exam_pks: Sequence[int],
    persons: Mapping[int, str],
    allowance: Allowance,
) -> int:
    """Within a unit that has checked all of it: store the allowances; returns how many.

    :param exam_pks: in order. :param persons: key → user id.
    """
    now = hub.now()
    terms = _columns(allowance)
    person_pks = sorted(persons)
    rows = [
        {
            **terms,
            "exam_pk": exam,
            "person_pk": person,
            "granted_by": actor.id,
            "granted_at": now,
        }
        for exam in exam_pks
        for person in person_pks
    ]
    store.grant(conn, rows)
    store.tell_attempts(conn, exam_pks, person_pks, allowance.policy_exception)
    detail = {
        "exams": list(exam_pks),
        "additional_minutes": terms["additional_minutes"],
        "multiplier": terms["multiplier"],
        "policy_exception": bool(terms["policy_exception"]),
    }
    for user_id in persons.values():
        audit.record(conn, now, actor, "allowance.granted", course_pk, user_id, detail)
    return len(rows)


def remove_allowance(hub: Hub, actor: Actor, *, exam_pk: int, user_id: str) -> None:
    """Take an allowance back.

    :raises NotFound: exam, learner or allowance. :raises AllowanceTooLate: the attempt started.
    """

    def unit(conn: sa.Connection) -> None:
        exam = exam_for(conn, actor, Permission.GRANT_ALLOWANCES, exam_pk, lock=True)
        person = person_for(conn, user_id)
        _ensure_in_time(conn, [exam.id], [person.id])
        if not store.remove(conn, exam.id, person.id):
            raise NotFound("allowance", user_id)
        store.tell_attempts(conn, [exam.id], [person.id], "")
        detail = {"exams": [exam.id]}
        audit.record(conn, hub.now(), actor, "allowance.removed", exam.course_pk, user_id, detail)

    hub.database.write(unit)


def list_allowances(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str,
    exam_pk: int | None = None,
    user_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[AllowanceRecord]:
    """The allowances of a course, of one exam or learner where given."""
    count = limit_of(hub, limit)
    after = (0, 0)
    if cursor is not None:
        exam, person = decode(cursor, int, int)
        after = (int(exam), int(person))
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.GRANT_ALLOWANCES, course_id)
        if exam_pk is not None:
            exam_for(conn, actor, Permission.GRANT_ALLOWANCES, exam_pk)
        found = store.page(
            conn,
            course.id,
            after=after,
            count=count + 1,
            exam_pk=exam_pk,
            person_pk=None if user_id is None else person_for(conn, user_id).id,
        )
    return page(found, count, lambda item: [item.exam_pk, item.person_pk])


def _ensure_in_time(
    conn: sa.Connection, exam_pks: Sequence[int], person_pks: Sequence[int]
) -> None:
    started = []
    for status in store.live_statuses(conn, exam_pks, person_pks).values():
        try:
            ensure_allowance_in_time(status)
        except AllowanceTooLate as error:
            started.append(error)
    if len(started) == 1:
        raise started[0]
    if started:
        raise AllowanceTooLate(
            told(
                "%(count)s of these attempts have started already; an allowance "
                "must be given before the start. Nothing was changed.",
                count=len(started),
            )
        )


def ensure_terms(grant: Grant) -> None:
    """The grant makes sense by itself. :raises Invalid: with the paths that do not."""
    problems: dict[str, str] = {}
    given = grant.allowance
    if not grant.user_ids:
        problems["user_ids"] = noted("must name at least one learner")
    if not grant.exam_pks:
        problems["exam_pks"] = noted("must name at least one exam")
    if len(grant.user_ids) * len(grant.exam_pks) > PAIRS_MAX:
        problems["user_ids"] = told(
            "at most %(most)s learner and exam pairs at once", most=PAIRS_MAX
        )
    for index, user_id in enumerate(grant.user_ids):
        if not storable(user_id):
            problems[f"user_ids.{index}"] = noted("is not a learner of this course")
    if given.additional_minutes is not None and given.additional_minutes > MINUTES_MAX:
        problems["additional_minutes"] = told("at most %(most)s", most=MINUTES_MAX)
    if given.multiplier is not None and given.multiplier > MULTIPLIER_MAX:
        problems["multiplier"] = told("at most %(most)s", most=MULTIPLIER_MAX)
    wrong = text_problem(given.policy_exception, longest=LONG_TEXT_MAX)
    if wrong:
        problems["policy_exception"] = wrong
    refuse(problems)


def _columns(allowance: Allowance) -> dict[str, Any]:
    return {
        "additional_minutes": allowance.additional_minutes,
        "multiplier": None if allowance.multiplier is None else float(allowance.multiplier),
        "policy_exception": allowance.policy_exception,
    }
