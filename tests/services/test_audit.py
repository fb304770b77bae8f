from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import AttemptStatus, ExamType, Role, Track
from proctor_hub.services import people
from proctor_hub.services.audit import attempt_history, list_audit
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Forbidden, Invalid, NotFound
from proctor_hub.services.exams import ExamSettings, create_exam
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage import audit
from proctor_hub.storage.attempts import insert_history
from tests.services.rows import add_attempt
from tests.support import LMS, OPERATOR, START, make_hub


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url)
    put_course(hub, LMS, course_id="c", settings=CourseSettings(title="0"))
    yield hub
    hub.database.close()


def a_person(hub: Hub, user_id: str) -> Actor:
    made = people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings())
    return Actor(role=Role.LEARNER, id=user_id, person_pk=made.person.id)


def test_the_log_is_for_operators_newest_first_and_paged(hub: Hub) -> None:
    for title in "123":
        put_course(hub, LMS, course_id="c", settings=CourseSettings(title=title))
    put_course(hub, LMS, course_id="d", settings=CourseSettings())
    first = list_audit(hub, OPERATOR, limit=3)
    second = list_audit(hub, OPERATOR, limit=3, cursor=first.next_cursor)
    found = [(line.course_id, line.action) for line in (*first.items, *second.items)]
    assert found == [
        ("d", "course.created"),
        *[("c", "course.changed")] * 3,
        ("c", "course.created"),
    ]
    assert (first.items[1].role, first.items[1].actor) == (Role.LMS, LMS.id)
    newest = list_audit(hub, OPERATOR, course_id="c").items[0]
    assert newest.detail == {"title": ["2", "3"]}
    for actor in (LMS, a_person(hub, "u")):
        with pytest.raises(Forbidden):
            list_audit(hub, actor)
    with pytest.raises(NotFound):
        list_audit(hub, OPERATOR, course_id="unknown")
    with pytest.raises(Invalid):
        list_audit(hub, OPERATOR, cursor="nonsense")


def test_the_history_of_an_attempt_is_for_its_staff(hub: Hub) -> None:
    ada, teacher, stranger = (a_person(hub, name) for name in ("ada", "teacher", "stranger"))
    people.put_enrolment(hub, LMS, course_id="c", user_id="ada", track=Track.AUDIT)
    people.add_team_member(hub, LMS, course_id="c", user_id="teacher")
    settings = ExamSettings(
        content_id="e", name="e", exam_type=ExamType.TIMED, time_limit_minutes=60
    )
    exam = create_exam(hub, LMS, course_id="c", settings=settings)
    person = people.get_person(hub, LMS, user_id="ada")
    pk = add_attempt(hub, exam, person, status=AttemptStatus.STARTED, code="CODE")
    steps = [None, AttemptStatus.CREATED, AttemptStatus.STARTED, AttemptStatus.SUBMITTED]
    rows = [
        {
            "attempt_pk": pk,
            "at": START,
            "role": Role.LEARNER,
            "actor": "ada",
            "from_status": before,
            "to_status": after,
            "cause": Cause.LEARNER,
            "reason": "",
        }
        for before, after in pairwise(steps)
    ]
    hub.database.write(lambda conn: insert_history(conn, rows))
    first = attempt_history(hub, teacher, code="CODE", limit=2)
    rest = attempt_history(hub, teacher, code="CODE", cursor=first.next_cursor)
    assert [line.to_status for line in (*first.items, *rest.items)] == steps[1:]
    assert first.items[0].from_status is None
    assert len(attempt_history(hub, OPERATOR, code="CODE").items) == 3
    with pytest.raises(Forbidden):
        attempt_history(hub, ada, code="CODE")
    for actor, code in ((stranger, "CODE"), (teacher, "OTHER"), (teacher, "\0")):
        with pytest.raises(NotFound):
            attempt_history(hub, actor, code=code)


def test_a_person_is_on_record_in_the_role_that_may_do_it(hub: Hub) -> None:
    boss, both = a_person(hub, "boss"), a_person(hub, "both")
    for who in ("boss", "both"):
        people.grant_staff(hub, OPERATOR, user_id=who, role=Role.OPERATOR)
    people.grant_staff(hub, OPERATOR, user_id="both", role=Role.SUPPORT)
    for actor, action in (
        (boss, "staff.granted"),
        (both, "allowance.granted"),
        (LMS, "team.added"),
    ):
        hub.database.write(
            lambda conn, who=actor, what=action: audit.record(  # type: ignore[misc]
                conn, hub.now(), who, what, None, "x"
            )
        )
    found = [line.role for line in list_audit(hub, OPERATOR, subject="x").items]
    assert found == [Role.LMS, Role.SUPPORT, Role.OPERATOR]
