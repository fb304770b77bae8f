from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from proctor_hub.domain.errors import AllowanceTooLate
from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import AttemptStatus, ExamType, Role, Track
from proctor_hub.services import people
from proctor_hub.services.allowances import (
    Grant,
    grant_allowances,
    list_allowances,
    remove_allowance,
)
from proctor_hub.services.audit import list_audit
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Forbidden, Invalid, NotFound
from proctor_hub.services.exams import ExamSettings, create_exam
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage import attempts as attempt_store
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.people import Person
from proctor_hub.storage.registration import allowance
from tests.services.rows import add_attempt
from tests.support import LMS, OPERATOR, make_hub

MORE_TIME = Allowance(additional_minutes=15, multiplier=Decimal("1.5"), policy_exception="A nurse")


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url)
    for course in ("c", "other"):
        settings = CourseSettings(proctoring_enabled=True, vendor="acme")
        put_course(hub, LMS, course_id=course, settings=settings)
    yield hub
    hub.database.close()


def learner(hub: Hub, user_id: str, course: str = "c") -> Person:
    made = people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings())
    people.put_enrolment(hub, LMS, course_id=course, user_id=user_id, track=Track.VERIFIED)
    return made.person


def an_exam(hub: Hub, content: str, course: str = "c") -> Exam:
    settings = ExamSettings(
        content_id=content, name=content, exam_type=ExamType.PROCTORED, time_limit_minutes=60
    )
    return create_exam(hub, LMS, course_id=course, settings=settings)


def grant(hub: Hub, users: list[str], exams: list[int], terms: Allowance = MORE_TIME) -> int:
    bulk = Grant(user_ids=users, exam_pks=exams, allowance=terms)
    return grant_allowances(hub, LMS, course_id="c", grant=bulk)


def test_a_bulk_grant_is_all_or_nothing_and_says_where_it_fails(hub: Hub) -> None:
    ada, exam = learner(hub, "ada"), an_exam(hub, "e1")
    learner(hub, "stranger", "other")
    foreign = an_exam(hub, "e1", "other")
    with pytest.raises(Invalid) as wrong:
        grant(hub, ["ada", "stranger", "nul\0"], [exam.id, foreign.id, 2**70])
    assert set(wrong.value.fields) == {"user_ids.2"}
    with pytest.raises(Invalid) as wrong:
        grant(hub, ["ada", "stranger"], [exam.id, foreign.id, 2**70])
    assert set(wrong.value.fields) == {"user_ids.1", "exam_pks.1", "exam_pks.2"}
    with hub.database.read() as conn:
        assert allowance(conn, exam.id, ada.id) is None
    with pytest.raises(Invalid):
        grant(hub, [], [exam.id])


def test_learners_times_exams_replace_list_and_remove(hub: Hub) -> None:
    persons = [learner(hub, name) for name in ("ada", "ben")]
    exams = [an_exam(hub, name).id for name in ("e1", "e2")]
    assert grant(hub, ["ada", "ben"], exams) == 4
    assert grant(hub, ["ada", "ada"], exams[:1], Allowance(additional_minutes=5)) == 1
    with hub.database.read() as conn:
        assert allowance(conn, exams[0], persons[0].id) == Allowance(additional_minutes=5)
        assert allowance(conn, exams[1], persons[1].id) == MORE_TIME
    first = list_allowances(hub, LMS, course_id="c", limit=3)
    second = list_allowances(hub, LMS, course_id="c", limit=3, cursor=first.next_cursor)
    pairs = [(a.exam_pk, a.user_id) for a in (*first.items, *second.items)]
    assert pairs == [(exam, user) for exam in exams for user in ("ada", "ben")]
    assert len(list_allowances(hub, LMS, course_id="c", user_id="ada").items) == 2
    assert len(list_allowances(hub, LMS, course_id="c", exam_pk=exams[1]).items) == 2
    remove_allowance(hub, LMS, exam_pk=exams[1], user_id="ben")
    with pytest.raises(NotFound):
        remove_allowance(hub, LMS, exam_pk=exams[1], user_id="ben")
    lines = list_audit(hub, OPERATOR, course_id="c").items
    assert "nurse" not in str(lines)
    assert lines[0].subject == "ben"


def test_it_is_too_late_once_the_attempt_started(hub: Hub) -> None:
    ada, ben = learner(hub, "ada"), learner(hub, "ben")
    exam = an_exam(hub, "e1")
    add_attempt(hub, exam, ada, status=AttemptStatus.STARTED)
    waiting = add_attempt(hub, exam, ben, status=AttemptStatus.CREATED)
    with pytest.raises(AllowanceTooLate):
        grant(hub, ["ada", "ben"], [exam.id])
    with hub.database.read() as conn:
        assert allowance(conn, exam.id, ben.id) is None
    grant(hub, ["ben"], [exam.id])
    with hub.database.read() as conn:
        record = attempt_store.by_id(conn, waiting)
    assert record is not None and record.policy_exception == "A nurse"
    with pytest.raises(AllowanceTooLate):
        remove_allowance(hub, LMS, exam_pk=exam.id, user_id="ada")


def test_grants_at_once_end_in_one_of_them(hub: Hub) -> None:
    person, exam = learner(hub, "ada"), an_exam(hub, "e1")

    def one(minutes: int) -> int:
        return grant(hub, ["ada"], [exam.id], Allowance(additional_minutes=minutes))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(1, 9))) == [1] * 8
    with hub.database.read() as conn:
        found = allowance(conn, exam.id, person.id)
    assert found is not None and found.additional_minutes in range(1, 9)


def test_support_and_team_grant_others_do_not(hub: Hub) -> None:
    person, exam = learner(hub, "ada"), an_exam(hub, "e1")
    me = Actor(role=Role.SUPPORT, id="ada", person_pk=person.id)
    bulk: dict[str, Any] = {
        "course_id": "c",
        "grant": Grant(user_ids=["ada"], exam_pks=[exam.id], allowance=MORE_TIME),
    }
    for actor in (me, OPERATOR):
        with pytest.raises(Forbidden):
            grant_allowances(hub, actor, **bulk)
    people.grant_staff(hub, OPERATOR, user_id="ada", role=Role.SUPPORT)
    assert grant_allowances(hub, me, **bulk) == 1
