from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub import ExamType, VendorUnavailable
from proctor_hub.domain.errors import (
    ExamTypeFixed,
    ExamTypeNotSupported,
    ProctoringOff,
    VendorChangeRefused,
)
from proctor_hub.domain.words import AttemptStatus, Role, Track
from proctor_hub.services import people
from proctor_hub.services.courses import CourseSettings, get_course, put_course
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.exams import (
    ExamSettings,
    create_exam,
    get_by_content,
    get_exam,
    list_exams,
    update_exam,
)
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.tables import attempts, outbox
from tests.services.rows import add_attempt
from tests.support import LMS, FakeClock, fake_vendor, make_hub

VENDORS: dict[str, Any] = {"acme": {}, "narrow": {"exam_types": ["proctored"]}}


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def hub(database_url: str, woken: list[str]) -> Iterator[Hub]:
    hub = make_hub(database_url, vendors=VENDORS, wake=lambda *_: woken.append("relay"))
    settings = CourseSettings(proctoring_enabled=True, vendor="acme")
    put_course(hub, LMS, course_id="c", settings=settings)
    yield hub
    hub.database.close()


def make(hub: Hub, content: str = "final", **changes: Any) -> Exam:
    values: dict[str, Any] = {
        "content_id": content,
        "name": "Final",
        "exam_type": ExamType.PROCTORED,
        "time_limit_minutes": 60,
        **changes,
    }
    return create_exam(hub, LMS, course_id="c", settings=ExamSettings(**values))


def notices(hub: Hub) -> list[tuple[str, str, int, str, Any]]:
    with hub.database.read() as conn:
        columns = (outbox.c[n] for n in ("destination", "stream", "seq", "kind", "payload"))
        return [tuple(row) for row in conn.execute(sa.select(*columns).order_by(outbox.c.id))]


def test_an_exam_pins_the_vendor_and_the_vendor_is_told_of_each_change(
    hub: Hub, woken: list[str]
) -> None:
    exam = make(hub, rules={"no_phone": True})
    assert (exam.vendor, exam.version, exam.rules) == ("acme", 1, {"no_phone": True})
    update_exam(hub, LMS, exam_pk=exam.id, settings=ExamSettings(time_limit_minutes=90))
    update_exam(hub, LMS, exam_pk=exam.id, settings=ExamSettings(time_limit_minutes=90))
    stream = f"exam:{exam.id}"
    payload = {"exam_pk": exam.id}
    assert notices(hub) == [
        ("vendor:acme", stream, 1, "sync_exam", payload),
        ("vendor:acme", stream, 2, "sync_exam", payload),
    ]
    assert woken
    assert get_by_content(hub, LMS, course_id="c", content_id="final").time_limit_minutes == 90
    with pytest.raises(Conflict, match="has an exam already"):
        make(hub)


def test_a_timed_exam_needs_no_vendor_and_has_no_rules(hub: Hub) -> None:
    put_course(hub, LMS, course_id="c", settings=CourseSettings(proctoring_enabled=False))
    with pytest.raises(ProctoringOff):
        make(hub)
    assert make(hub, exam_type=ExamType.TIMED).vendor is None
    assert notices(hub) == []
    with pytest.raises(Invalid) as wrong:
        make(hub, "other", exam_type=ExamType.TIMED, rules={"no_phone": True}, custom_rules="x")
    assert set(wrong.value.fields) == {"rules", "custom_rules"}


def test_only_types_and_rules_that_the_vendor_knows(hub: Hub) -> None:
    put_course(hub, LMS, course_id="n", settings=CourseSettings(vendor="narrow"))
    put_course(hub, LMS, course_id="c", settings=CourseSettings(vendor="narrow"))
    with pytest.raises(ExamTypeNotSupported):
        make(hub, exam_type=ExamType.PRACTICE)
    with pytest.raises(Invalid) as wrong:
        make(hub, rules={"no_phone": True, "dance": False}, custom_rules="Sing.")
    assert set(wrong.value.fields) == {"rules.dance", "custom_rules"}


def test_rules_are_taken_as_given_while_the_vendor_never_answered(database_url: str) -> None:
    clock = FakeClock()
    hub = make_hub(database_url, vendors=VENDORS, clock=clock)
    settings = CourseSettings(proctoring_enabled=True, vendor="acme")
    put_course(hub, LMS, course_id="c", settings=settings)
    vendor = fake_vendor(hub)
    vendor.fail_with = VendorUnavailable("down")
    make(hub, rules={"dance": True})
    make(hub, "second", rules={"dance": True})
    assert vendor.hooks_told() == ["rules_catalog"]
    vendor.fail_with = None
    clock.move(minutes=1)
    with pytest.raises(Invalid):
        make(hub, "third", rules={"dance": True})
    vendor.fail_with = VendorUnavailable("down")
    clock.move(hours=1)
    with pytest.raises(Invalid):
        make(hub, "third", rules={"dance": True})
    hub.database.close()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, "name"),
        ({"time_limit_minutes": 0}, "time_limit_minutes"),
        ({"time_limit_minutes": 2**40}, "time_limit_minutes"),
        ({"rules": {"": True}}, "rules"),
        ({"content_id": "x" * 501}, "content_id"),
    ],
)
def test_fields_that_make_no_sense(hub: Hub, changes: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as wrong:
        make(hub, **changes)
    assert set(wrong.value.fields) == {path}
    assert list_exams(hub, LMS, course_id="c").items == ()


def test_the_type_is_fixed_by_an_attempt_and_a_new_name_reaches_it(hub: Hub) -> None:
    exam = make(hub)
    made = people.put_person(hub, LMS, user_id="u", settings=PersonSettings(username="ada"))
    pk = add_attempt(hub, exam, made.person, status=AttemptStatus.SUBMITTED, live=False)
    with pytest.raises(ExamTypeFixed):
        update_exam(hub, LMS, exam_pk=exam.id, settings=ExamSettings(exam_type=ExamType.PRACTICE))
    update_exam(hub, LMS, exam_pk=exam.id, settings=ExamSettings(name="Renamed"))
    people.put_person(hub, LMS, user_id="u", settings=PersonSettings(username="b", email="b@x.y"))
    with hub.database.read() as conn:
        row = conn.execute(attempts.select().where(attempts.c.id == pk)).one()
    assert (row.exam_name, row.username, row.email) == ("Renamed", "b", "b@x.y")


def test_a_type_change_without_attempts_chooses_the_vendor_anew(hub: Hub) -> None:
    exam = make(hub)
    timed = ExamSettings(exam_type=ExamType.TIMED)
    assert update_exam(hub, LMS, exam_pk=exam.id, settings=timed).vendor is None
    back = ExamSettings(exam_type=ExamType.ONBOARDING)
    assert update_exam(hub, LMS, exam_pk=exam.id, settings=back).vendor == "acme"


def test_the_course_team_sets_rules_only(hub: Hub) -> None:
    exam = make(hub)
    pk = people.put_person(hub, LMS, user_id="t", settings=PersonSettings()).person.id
    teacher = Actor(role=Role.COURSE_TEAM, id="t", person_pk=pk)
    rules = ExamSettings(rules={"allow_notes": False})
    with pytest.raises(NotFound):
        update_exam(hub, teacher, exam_pk=exam.id, settings=rules)
    people.put_enrolment(hub, LMS, course_id="c", user_id="t", track=Track.VERIFIED)
    with pytest.raises(Forbidden):
        update_exam(hub, teacher, exam_pk=exam.id, settings=rules)
    people.add_team_member(hub, LMS, course_id="c", user_id="t")
    assert update_exam(hub, teacher, exam_pk=exam.id, settings=rules).rules == {
        "allow_notes": False
    }
    with pytest.raises(Forbidden):
        update_exam(hub, teacher, exam_pk=exam.id, settings=ExamSettings(name="Mine"))
    with pytest.raises(Forbidden):
        create_exam(
            hub,
            teacher,
            course_id="c",
            settings=ExamSettings(
                content_id="x", name="x", exam_type=ExamType.TIMED, time_limit_minutes=1
            ),
        )


@pytest.mark.parametrize("pk", [0, -1, 999, 2**63, 2**70])
def test_no_such_exam(hub: Hub, pk: int) -> None:
    with pytest.raises(NotFound):
        get_exam(hub, LMS, exam_pk=pk)


def test_a_vendor_change_racing_a_creation_leaves_exam_and_course_agreed(hub: Hub) -> None:
    def create(number: int) -> object:
        return make(hub, f"exam-{number}")

    def change(_: int) -> object:
        try:
            settings = CourseSettings(vendor="narrow")
            return put_course(hub, LMS, course_id="c", settings=settings)
        except VendorChangeRefused as refused:
            return refused

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work, n) for n in range(4) for work in (create, change)]
        for future in futures:
            future.result()
    vendor = get_course(hub, LMS, course_id="c").vendor
    assert {exam.vendor for exam in list_exams(hub, LMS, course_id="c").items} == {vendor}
