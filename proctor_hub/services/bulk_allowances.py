"""Allowances for many learners, named as people name them, with a word on each (domain §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.errors import AllowanceTooLate
from proctor_hub.domain.timing import Allowance, ensure_allowance_in_time
from proctor_hub.domain.told import noted, sentence_of
from proctor_hub.services.allowances import Grant, ensure_terms, store_grant
from proctor_hub.services.authorize import Permission
from proctor_hub.services.checks import refuse, storable
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.storage import allowances as store
from proctor_hub.storage import exams, people
from proctor_hub.storage.people import Enrolment

UNKNOWN = noted("is not a learner of this course")
SEVERAL = noted("is the name of several learners; use their user id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one name.

    :param granted: names of the exams. :param refused: exam and why not; no exam where the name
        itself is refused.
    """

    name: str
    granted: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def grant_each(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str,
    names: Sequence[str],
    exam_pks: Sequence[int],
    allowance: Allowance,
) -> list[Outcome]:
    """Grant or replace allowances wherever that is possible; one outcome per name, in order.

    Those who are no learners of the course and attempts that have started are left out, all others
    are granted together. :param names: user ids or usernames.

    :raises Invalid: no name, an exam that is not the course's, terms that make no sense.
    """
    wanted = list(dict.fromkeys(names))
    ensure_terms(Grant(user_ids=wanted, exam_pks=exam_pks, allowance=allowance))

    def unit(conn: sa.Connection) -> list[Outcome]:
        course = course_for(conn, actor, Permission.GRANT_ALLOWANCES, course_id)
        # They stay the course's until the commit: a migration copies allowances, or comes after.
        kept = exams.kept(conn, course.id, exam_pks)
        ours = {exam.id: exam.name for exam in kept.values()}
        unknown = [pk for pk in exam_pks if pk not in ours]
        refuse({f"exam_pks.{pk}": noted("is not an exam of this course") for pk in unknown})
        titles = {pk: ours[pk] for pk in sorted(set(exam_pks))}
        known = people.named(conn, course.id, [name for name in wanted if storable(name)])
        persons = {name: found[0] for name, found in known.items() if len(found) == 1}
        late = _late(conn, titles, persons)
        for pk in titles:
            in_time = {
                one.person_pk: one.user_id
                for one in persons.values()
                if (pk, one.person_pk) not in late
            }
            if in_time:
                store_grant(hub, conn, actor, course.id, [pk], in_time, allowance)
        return [
            _outcome(name, persons[name], titles, late)
            if name in persons
            else Outcome(name=name, refused=(("", SEVERAL if name in known else UNKNOWN),))
            for name in wanted
        ]

    return hub.database.write(unit)


def _late(
    conn: sa.Connection, titles: Mapping[int, str], persons: Mapping[str, Enrolment]
) -> dict[tuple[int, int], str]:
    """(exam, person) → why it is too late, for attempts that have started; all are locked."""
    person_pks = sorted({one.person_pk for one in persons.values()})
    late: dict[tuple[int, int], str] = {}
    for pair, status in store.live_statuses(conn, list(titles), person_pks).items():
        try:
            ensure_allowance_in_time(status)
        except AllowanceTooLate as error:
            late[pair] = sentence_of(error)
    return late


def _outcome(
    name: str, one: Enrolment, titles: Mapping[int, str], late: Mapping[tuple[int, int], str]
) -> Outcome:
    theirs = {pk: late[pk, one.person_pk] for pk in titles if (pk, one.person_pk) in late}
    return Outcome(
        name=name,
        granted=tuple(title for pk, title in titles.items() if pk not in theirs),
        refused=tuple((titles[pk], why) for pk, why in theirs.items()),
    )
