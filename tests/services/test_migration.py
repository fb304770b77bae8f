from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub import ExamType, RulesKind, VendorDescription, VendorUnavailable, hookimpl
from proctor_hub.domain.errors import ExamTypeNotSupported, InvalidExam
from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import AttemptStatus, OnboardingStatus, Track
from proctor_hub.services import people
from proctor_hub.services.allowances import Grant, grant_allowances
from proctor_hub.services.audit import attempt_history, list_audit
from proctor_hub.services.courses import CourseSettings, get_course, put_course
from proctor_hub.services.errors import Conflict, Forbidden, NotFound, VendorDown
from proctor_hub.services.exams import ExamSettings, create_exam, get_by_content, get_exam
from proctor_hub.services.hub import Hub
from proctor_hub.services.migration import execute, learners_to_onboard, plan
from proctor_hub.services.migration_plan import ExamAction
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage import attempts as attempt_store
from proctor_hub.storage import onboarding
from proctor_hub.storage.creation import has_taken
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.people import Person
from proctor_hub.storage.registration import allowance
from proctor_hub.storage.tables import outbox
from proctor_hub.testing.fake_vendor import FakeVendor
from tests.services.rows import add_attempt
from tests.support import LMS, OPERATOR, START, fake_vendor, make_hub, plugin_of

S = AttemptStatus


class FreeText(FakeVendor):
    """Free-text rules, practice instead of onboarding."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return VendorDescription(
            name="Free",
            capabilities=frozenset(),
            exam_types=frozenset({ExamType.PROCTORED, ExamType.PRACTICE}),
            rules_kind=RulesKind.FREE_TEXT,
        )


VENDORS: dict[str, Any] = {
    "acme": {},
    "zenith": {"exam_types": ["proctored", "onboarding"]},
    "strict": {"needs_escalation_email": True},
    "free": {"plugin": "freetext"},
    "bare": {"exam_types": ["proctored"]},
    "sample": {"exam_types": ["practice"]},
}


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url, vendors=VENDORS, plugins=[plugin_of("freetext", FreeText)])
    settings = CourseSettings(proctoring_enabled=True, vendor="acme")
    put_course(hub, LMS, course_id="c", settings=settings)
    yield hub
    hub.database.close()


def an_exam(hub: Hub, content: str, kind: ExamType = ExamType.PROCTORED, **more: Any) -> Exam:
    settings = ExamSettings(
        content_id=content, name=content, exam_type=kind, time_limit_minutes=60, **more
    )
    return create_exam(hub, LMS, course_id="c", settings=settings)


def learner(hub: Hub, user_id: str) -> Person:
    made = people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings())
    people.put_enrolment(hub, LMS, course_id="c", user_id=user_id, track=Track.VERIFIED)
    return made.person


def migrate(hub: Hub, vendor: str) -> None:
    dry = plan(hub, OPERATOR, course_id="c", new_vendor=vendor)
    execute(hub, OPERATOR, course_id="c", new_vendor=vendor, digest=dry.digest)


def test_a_dry_run_tells_all_and_the_execution_does_just_that(hub: Hub) -> None:
    final = an_exam(hub, "final", rules={"no_phone": True, "allow_notes": False})
    timed = an_exam(hub, "timed", ExamType.TIMED)
    an_exam(hub, "practice", ExamType.PRACTICE)
    waiting, running, done = (learner(hub, name) for name in ("waiting", "running", "done"))
    grant = Grant(
        user_ids=["waiting"], exam_pks=[final.id], allowance=Allowance(additional_minutes=9)
    )
    grant_allowances(hub, LMS, course_id="c", grant=grant)
    unstarted = add_attempt(hub, final, waiting, status=S.READY_TO_START, external_id="ext-1")
    kept = [
        add_attempt(hub, final, running, status=S.STARTED),
        add_attempt(hub, final, done, status=S.VERIFIED),
    ]
    dry = plan(hub, OPERATOR, course_id="c", new_vendor="zenith")
    effect = dry.exams[0]
    assert (effect.action, effect.archived, effect.running, effect.finished) == (
        ExamAction.RECREATED,
        (unstarted,),
        1,
        1,
    )
    assert effect.allowances == 1 and effect.rules_lost == ()
    assert (dry.exams[1].action, dry.exams[1].new_type) == (
        ExamAction.EXCHANGED,
        ExamType.ONBOARDING,
    )
    assert dry.learners_to_onboard == 1
    listed = learners_to_onboard(hub, OPERATOR, course_id="c", new_vendor="zenith")
    assert [row.user_id for row in listed.items] == ["waiting"]
    assert get_course(hub, LMS, course_id="c").vendor == "acme"

    done_plan = execute(hub, OPERATOR, course_id="c", new_vendor="zenith", digest=dry.digest)
    assert done_plan == dry
    new = get_by_content(hub, LMS, course_id="c", content_id="final")
    assert (new.vendor, new.replaces_pk, new.rules) == ("zenith", final.id, final.rules)
    assert get_exam(hub, LMS, exam_pk=final.id).retired_at == START
    assert get_by_content(hub, LMS, course_id="c", content_id="timed").id == timed.id
    practice = get_by_content(hub, LMS, course_id="c", content_id="practice")
    assert (practice.exam_type, practice.vendor) == (ExamType.ONBOARDING, "zenith")
    with hub.database.read() as conn:
        assert allowance(conn, new.id, waiting.id) == Allowance(additional_minutes=9)
        archived = attempt_store.by_id(conn, unstarted)
        assert archived is not None and not archived.live
        for pk in kept:
            record = attempt_store.by_id(conn, pk)
            assert record is not None and record.live and record.vendor == "acme"
        assert has_taken(conn, new.id, done.id)
        assert not has_taken(conn, new.id, waiting.id)
        sent = conn.execute(
            sa.select(outbox.c.destination, outbox.c.kind).order_by(outbox.c.id)
        ).all()
    assert [tuple(row) for row in sent[2:]] == [
        ("vendor:acme", "session_removed"),
        ("vendor:zenith", "sync_exam"),
        ("vendor:zenith", "sync_exam"),
    ]
    lines = attempt_history(hub, LMS, code=archived.code).items
    assert [(line.cause, line.from_status) for line in lines] == [("staff", S.READY_TO_START)]
    assert list_audit(hub, OPERATOR, course_id="c").items[0].action == "course.migrated"


def test_nothing_is_done_when_the_plan_is_another_by_then(hub: Hub) -> None:
    exam = an_exam(hub, "final")
    person = learner(hub, "u")
    dry = plan(hub, OPERATOR, course_id="c", new_vendor="zenith")
    add_attempt(hub, exam, person, status=S.CREATED)
    with pytest.raises(Conflict) as refused:
        execute(hub, OPERATOR, course_id="c", new_vendor="zenith", digest=dry.digest)
    assert refused.value.problem_code == "plan_changed"
    assert get_exam(hub, LMS, exam_pk=exam.id).retired_at is None
    migrate(hub, "zenith")
    with pytest.raises(Conflict):
        plan(hub, OPERATOR, course_id="c", new_vendor="zenith")


def test_rules_that_do_not_map_are_listed_and_left_behind(hub: Hub) -> None:
    an_exam(hub, "final", rules={"no_phone": True})
    an_exam(hub, "warm-up", ExamType.ONBOARDING)
    dry = plan(hub, OPERATOR, course_id="c", new_vendor="free")
    assert dry.exams[0].rules_lost == ("no_phone",)
    assert dry.exams[1].new_type is ExamType.PRACTICE
    assert dry.learners_to_onboard == 0
    migrate(hub, "free")
    moved = get_by_content(hub, LMS, course_id="c", content_id="final")
    assert moved.rules == {}
    back = plan(hub, OPERATOR, course_id="c", new_vendor="bare")
    assert [effect.action for effect in back.exams] == [ExamAction.RECREATED, ExamAction.DROPPED]
    migrate(hub, "bare")
    with pytest.raises(NotFound):
        get_by_content(hub, LMS, course_id="c", content_id="warm-up")


def test_a_learner_finished_two_migrations_ago_is_not_offered_it_either(hub: Hub) -> None:
    exam, person = an_exam(hub, "final"), learner(hub, "u")
    add_attempt(hub, exam, person, status=S.REJECTED)
    migrate(hub, "zenith")
    migrate(hub, "acme")
    new = get_by_content(hub, LMS, course_id="c", content_id="final")
    with hub.database.read() as conn:
        assert new.id != exam.id and has_taken(conn, new.id, person.id)


def test_a_valid_profile_with_the_new_vendor_needs_no_onboarding(hub: Hub) -> None:
    an_exam(hub, "final")
    person = learner(hub, "u")
    hub.database.write(
        lambda conn: onboarding.store(
            conn,
            person.id,
            "zenith",
            status=OnboardingStatus.VERIFIED,
            approved_at=START,
            expires_at=None,
            now=START,
        )
    )
    assert plan(hub, OPERATOR, course_id="c", new_vendor="zenith").learners_to_onboard == 0
    assert plan(hub, OPERATOR, course_id="c", new_vendor="bare").learners_to_onboard == 1


def test_what_is_refused(hub: Hub) -> None:
    an_exam(hub, "final", rules={"no_phone": True})
    with pytest.raises(Forbidden):
        plan(hub, LMS, course_id="c", new_vendor="zenith")
    with pytest.raises(NotFound):
        plan(hub, OPERATOR, course_id="c", new_vendor="nobody")
    with pytest.raises(NotFound):
        plan(hub, OPERATOR, course_id="unknown", new_vendor="zenith")
    with pytest.raises(InvalidExam):
        plan(hub, OPERATOR, course_id="c", new_vendor="strict")
    with pytest.raises(ExamTypeNotSupported):
        plan(hub, OPERATOR, course_id="c", new_vendor="sample")
    fake_vendor(hub, "zenith").fail_with = VendorUnavailable("down")
    with pytest.raises(VendorDown):
        plan(hub, OPERATOR, course_id="c", new_vendor="zenith")
