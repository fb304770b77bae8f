from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from proctor_hub.domain.errors import InvalidExam, VendorChangeRefused
from proctor_hub.domain.words import ExamType, Role
from proctor_hub.services.audit import list_audit
from proctor_hub.services.courses import CourseSettings, get_course, list_courses, put_course
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.exams import ExamSettings, create_exam
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings, add_team_member, put_person
from proctor_hub.storage.tables import audit
from tests.support import LMS, OPERATOR, START, make_hub

VENDORS = {
    "acme": {},
    "strict": {"needs_escalation_email": True},
    "broken": {"plugin": "missing"},
}


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url, vendors=VENDORS)
    yield hub
    hub.database.close()


def put(hub: Hub, course_id: str = "course-1", **settings: object) -> None:
    put_course(hub, LMS, course_id=course_id, settings=CourseSettings(**settings))  # type: ignore[arg-type]


def test_a_new_course_has_proctoring_off_and_each_change_is_audited(hub: Hub) -> None:
    made = put_course(hub, LMS, course_id="course-1", settings=CourseSettings(title="Logic"))
    assert made.created
    assert not made.course.proctoring_enabled
    assert made.course.vendor is None and made.course.decline_cascades
    put(hub, proctoring_enabled=True, vendor="acme", escalation_email="help@school.example")
    put(hub, proctoring_enabled=True)
    course = get_course(hub, LMS, course_id="course-1")
    assert (course.title, course.vendor, course.version) == ("Logic", "acme", 2)
    lines = list_audit(hub, OPERATOR, course_id="course-1").items
    assert [line.action for line in lines] == ["course.changed", "course.created"]
    assert lines[0].detail["vendor"] == [None, "acme"]
    assert "help@school.example" not in str(lines[0].detail)


def test_the_vendor_must_be_configured_and_whole(hub: Hub) -> None:
    with pytest.raises(NotFound) as unknown:
        put(hub, vendor="nobody")
    assert unknown.value.problem_code == "vendor_not_found"
    with pytest.raises(Conflict, match="missing"):
        put(hub, vendor="broken")
    with pytest.raises(InvalidExam):
        put(hub, vendor="strict")
    put(hub, vendor="strict", escalation_email="help@school.example")
    with pytest.raises(InvalidExam):
        put(hub, escalation_email="")
    assert get_course(hub, LMS, course_id="course-1").escalation_email == "help@school.example"


def test_a_refused_creation_leaves_nothing(hub: Hub) -> None:
    with pytest.raises(InvalidExam):
        put(hub, starts_at=START, ends_at=START - timedelta(days=1))
    with pytest.raises(Invalid) as wrong:
        put(hub, title="x\0", starts_at=START.replace(tzinfo=None))
    assert set(wrong.value.fields) == {"title", "starts_at"}
    with pytest.raises(NotFound):
        get_course(hub, LMS, course_id="course-1")


def test_a_plain_vendor_change_is_refused_once_exams_are_pinned(hub: Hub) -> None:
    put(hub, proctoring_enabled=True, vendor="acme")
    put(hub, vendor="strict", escalation_email="a@b.example")
    put(hub, vendor="acme")
    settings = ExamSettings(
        content_id="c", name="Final", exam_type=ExamType.PRACTICE, time_limit_minutes=60
    )
    create_exam(hub, LMS, course_id="course-1", settings=settings)
    with pytest.raises(VendorChangeRefused, match="migration"):
        put(hub, vendor="strict")
    with pytest.raises(VendorChangeRefused):
        put(hub, vendor=None)
    put(hub, vendor="acme", title="Still fine")


def test_two_upserts_at_once_make_one_course(hub: Hub) -> None:
    def one(number: int) -> bool:
        settings = CourseSettings(title=f"Title {number}")
        return put_course(hub, LMS, course_id="course-1", settings=settings).created

    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(one, range(8)))
    assert created.count(True) == 1
    assert get_course(hub, LMS, course_id="course-1").version >= 1
    with hub.database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(audit)) == 8


def test_lists_are_paged_and_the_team_sees_its_own(hub: Hub) -> None:
    for number in range(5):
        put(hub, f"course-{number}")
    first = list_courses(hub, LMS, limit=3)
    rest = list_courses(hub, LMS, limit=3, cursor=first.next_cursor)
    found = [course.course_id for course in (*first.items, *rest.items)]
    assert found == [f"course-{n}" for n in range(5)]
    assert rest.next_cursor is None
    person = put_person(hub, LMS, user_id="u1", settings=PersonSettings()).person
    teacher = Actor(role=Role.OPERATOR, id="u1", person_pk=person.id)
    assert list_courses(hub, teacher).items == ()
    with pytest.raises(NotFound):
        get_course(hub, teacher, course_id="course-2")
    add_team_member(hub, LMS, course_id="course-2", user_id="u1")
    assert [c.course_id for c in list_courses(hub, teacher).items] == ["course-2"]
    with pytest.raises(Forbidden):
        put_course(hub, teacher, course_id="course-2", settings=CourseSettings(title="Mine"))
    with pytest.raises(Forbidden):
        list_courses(hub, Actor(role=Role.VENDOR, id="acme"))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%",
        "é",
        "bm90IGpzb24",
        "WyJhIl0",
        "Wy0xXQ",
        base64.b64encode(b"[99999999999999999999]").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_invalid(sqlite_url: str, cursor: str) -> None:
    hub = make_hub(sqlite_url)
    with pytest.raises(Invalid):
        list_courses(hub, LMS, cursor=cursor)
    with pytest.raises(Invalid):
        list_courses(hub, LMS, limit=hub.limits.page_size_max + 1)
    hub.database.close()
