"""Taking the exam without proctoring, and the cascade (§7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proctor_hub.domain.errors import LiveAttemptExists, OptOutRefused
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import create, launch, staff
from proctor_hub.services.attempts.optout import decline, decline_exam
from proctor_hub.services.errors import Conflict, Forbidden, NotFound
from proctor_hub.storage import tables as t
from tests.services.attempts.world import COURSE, World, assert_explained
from tests.support import LMS, START

S = AttemptStatus
T = ExamType


def test_only_where_the_course_allows_it(world: World) -> None:
    record = world.created()
    with pytest.raises(OptOutRefused):
        decline(world.hub, LMS, record.code)
    world.set_course(COURSE, allow_opt_out=True)
    with pytest.raises(NotFound):
        decline(world.hub, world.learner("bob"), record.code)
    assert decline(world.hub, world.learner("ada"), record.code).status is S.DECLINED
    event = world.events(record)[-1].payload
    assert (event["type"], event["credit"]) == ("declined", "declined")
    assert (event["declined_exam_timed"], event["decline_cascades"]) == (False, True)
    assert world.notices(record) == ["session_removed"]


@pytest.mark.parametrize("exam_type", [T.PRACTICE, T.ONBOARDING, T.TIMED])
def test_only_proctored_exams_are_declined(world: World, exam_type: ExamType) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    record = world.created(world.exam(exam_type))
    with pytest.raises(OptOutRefused):
        decline(world.hub, LMS, record.code)


@pytest.mark.parametrize("status", [S.STARTED, S.SUBMITTED, S.ERROR])
def test_not_once_it_has_started(world: World, status: AttemptStatus) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    record = world.attempt(status)
    with pytest.raises(OptOutRefused):
        decline(world.hub, LMS, record.code)
    assert world.fresh(record).status is status


def test_too_late_it_expires_instead_and_is_refused(world: World) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    record = world.created(world.exam(due_at=START + timedelta(minutes=1)))
    world.clock.move(minutes=1)
    with pytest.raises(OptOutRefused):
        decline(world.hub, LMS, record.code)
    assert world.fresh(record).status is S.EXPIRED


def test_what_was_finished_before_a_migration_is_not_offered_nor_declined(world: World) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    old, new, other = world.exam(), world.exam(), world.exam()
    world.attempt(S.VERIFIED, exam=old)
    replaces = t.exams.update().where(t.exams.c.id == new.id).values(replaces_pk=old.id)
    retires = t.exams.update().where(t.exams.c.id == old.id).values(retired_at=START)
    for statement in (replaces, retires):
        world.hub.database.write(lambda conn, s=statement: conn.execute(s) and None)
    with pytest.raises(Conflict):
        create.create_attempt(world.hub, LMS, exam_pk=new.id, user_id="ada")
    with pytest.raises(Conflict):
        create.create_attempt(world.hub, LMS, exam_pk=old.id, user_id="ada")
    decline(world.hub, LMS, world.created(other).code)
    assert world.rows(t.attempts, t.attempts.c.exam_pk == new.id) == []
    assert world.created(new, "bob").status is S.CREATED


def test_a_declined_exam_is_not_offered_again_unless_reset(world: World) -> None:
    exam = world.exam()
    record = world.attempt(S.DECLINED, exam=exam)
    with pytest.raises(LiveAttemptExists):
        create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
    with pytest.raises(Conflict):
        launch.launch(world.hub, LMS, record.code, "en")
    new = staff.reset(world.hub, world.prof, record.code, reason="changed their mind").record
    assert launch.launch(world.hub, LMS, new.code, "en").plan is not None


@pytest.mark.parametrize("cascades", [True, False])
def test_the_cascade_declines_the_unattempted_proctored_exams_of_the_course(
    world: World, cascades: bool
) -> None:
    world.set_course(COURSE, allow_opt_out=True, decline_cascades=cascades)
    world.set_course("other")
    first, second, attempted = world.exam(), world.exam(), world.exam()
    world.exam(T.PRACTICE)
    world.exam(T.TIMED)
    world.exam(course_id="other")
    done = world.attempt(S.SUBMITTED, exam=attempted)
    record = world.created(first)
    decline(world.hub, LMS, record.code)
    rows = world.rows(t.attempts, t.attempts.c.status == S.DECLINED)
    assert [row.exam_pk for row in rows] == ([first.id, second.id] if cascades else [first.id])
    assert world.fresh(done).status is S.SUBMITTED
    for row in rows:
        found = world.fresh(row)
        assert_explained(world, found)
        assert world.event_types(found)[-1] == "declined"


def test_an_exam_is_declined_before_there_is_an_attempt(world: World) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    ada, exam, other = world.learner("ada"), world.exam(), world.exam()
    declined = decline_exam(world.hub, ada, exam_pk=exam.id, user_id="ada")
    assert (declined.status, declined.number) == (S.DECLINED, 1)
    assert world.events(declined)[-1].payload["type"] == "declined"
    assert world.notices(declined) == []
    with pytest.raises(LiveAttemptExists):
        decline_exam(world.hub, ada, exam_pk=exam.id, user_id="ada")
    with pytest.raises(LiveAttemptExists):  # by the cascade
        decline_exam(world.hub, ada, exam_pk=other.id, user_id="ada")


def test_an_exam_is_declined_where_it_may_be_only(world: World) -> None:
    ada, exam = world.learner("ada"), world.exam()
    with pytest.raises(OptOutRefused):
        decline_exam(world.hub, ada, exam_pk=exam.id, user_id="ada")
    world.set_course(COURSE, allow_opt_out=True)
    with pytest.raises(OptOutRefused):
        decline_exam(world.hub, ada, exam_pk=world.exam(T.PRACTICE).id, user_id="ada")
    with pytest.raises(NotFound):
        decline_exam(world.hub, world.person("eve"), exam_pk=exam.id, user_id="eve")
    with pytest.raises(Forbidden):
        decline_exam(world.hub, world.person("eve"), exam_pk=exam.id, user_id="ada")
