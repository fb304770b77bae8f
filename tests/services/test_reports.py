from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from proctor_hub import ExamType
from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.domain.words import AttemptStatus, Role
from proctor_hub.services import people, reports
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.exams import ExamSettings, create_exam
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.reports import State
from proctor_hub.services.retirement import retire
from proctor_hub.storage import reports as store
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.storage.reports import Run
from proctor_hub.storage.tables import reports as table
from tests.jobs.running import WaitingJobs
from tests.services.rows import add_attempt
from tests.support import LMS, OPERATOR, a_hub

RESULTS, LEGACY = ReportKind.RESULTS, ReportKind.LEGACY


@pytest.fixture
def jobs() -> WaitingJobs:
    return WaitingJobs()


@pytest.fixture
def hub(database_url: str, tmp_path: Path, jobs: WaitingJobs) -> Iterator[Hub]:
    """Courses c and d."""
    parts = {"jobs": jobs, "report_files": ReportFiles(str(tmp_path / "reports"))}
    with a_hub(database_url, parts=parts) as hub:
        settings = CourseSettings(proctoring_enabled=True, vendor="acme")
        for course_id in ("c", "d"):
            put_course(hub, LMS, course_id=course_id, settings=settings)
        yield hub


def a_person(hub: Hub, user_id: str) -> Actor:
    made = people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings(username=user_id))
    return Actor(role=Role.LEARNER, id=user_id, person_pk=made.person.id)


def a_member(hub: Hub, user_id: str, course_id: str) -> Actor:
    actor = a_person(hub, user_id)
    people.add_team_member(hub, LMS, course_id=course_id, user_id=user_id)
    return actor


def begun(hub: Hub, report: reports.Report) -> Run:
    run = hub.database.write(lambda conn: store.claim(conn, report.id, hub.now()))
    assert run is not None
    return run


def finished(hub: Hub, run: Run) -> bool:
    now = hub.now()
    return hub.database.write(
        lambda conn: store.finish(
            conn, run, rows=1, size=1, file_name="f.csv", file_key="1.csv", now=now, expires_at=now
        )
    )


def test_a_pending_report_is_shared_and_a_running_one_is_not(hub: Hub, jobs: WaitingJobs) -> None:
    tom = a_member(hub, "tom", "c")
    first = reports.request_report(hub, tom, "c", RESULTS)
    assert first.requested_by == "tom"
    assert first.status is ReportStatus.PENDING
    assert reports.request_report(hub, OPERATOR, "c", RESULTS) == first
    other = reports.request_report(hub, OPERATOR, "c", LEGACY)
    assert other.code != first.code
    assert other.requested_by == OPERATOR.id
    begun(hub, first)
    queued = reports.request_report(hub, tom, "c", RESULTS)
    assert queued.code not in (first.code, other.code)
    assert [args for _, args, _ in jobs.waiting] == [(first.id,), (other.id,), (queued.id,)]


def test_two_at_once_share_one_report(hub: Hub, jobs: WaitingJobs) -> None:
    count = 8
    together = threading.Barrier(count)

    def ask(_n: int) -> str:
        together.wait()
        return reports.request_report(hub, OPERATOR, "c", RESULTS).code

    with ThreadPoolExecutor(count) as pool:
        codes = set(pool.map(ask, range(count)))
    assert len(codes) == 1
    assert len(jobs.waiting) == 1
    with hub.database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_two_workers_at_once_have_a_run_each(hub: Hub) -> None:
    report = reports.request_report(hub, OPERATOR, "c", RESULTS)
    count = 8
    together = threading.Barrier(count)

    def work(_n: int) -> tuple[int, bool]:
        together.wait()
        run = begun(hub, report)
        together.wait()
        return run.run, finished(hub, run)

    with ThreadPoolExecutor(count) as pool:
        outcomes = dict(pool.map(work, range(count)))
    assert outcomes == {n: n == count for n in range(1, count + 1)}


def test_who_may_have_reports(hub: Hub) -> None:
    people.grant_staff(hub, OPERATOR, user_id=a_person(hub, "sue").id, role=Role.SUPPORT)
    sue = a_person(hub, "sue")
    tim = a_member(hub, "tim", "d")
    code = reports.request_report(hub, OPERATOR, "c", RESULTS).code
    asks = (
        lambda who: reports.request_report(hub, who, "c", RESULTS),
        lambda who: reports.list_reports(hub, who, "c"),
        lambda who: reports.get_report(hub, who, code),
    )
    for ask in asks:
        for who, refusal in ((LMS, Forbidden), (sue, Forbidden), (tim, NotFound)):
            with pytest.raises(refusal):
                ask(who)
        ask(OPERATOR)
    for odd in ("nobody", "nul\0"):
        with pytest.raises(NotFound):
            reports.get_report(hub, OPERATOR, odd)
    with pytest.raises(NotFound):
        reports.request_report(hub, OPERATOR, "nowhere", RESULTS)


def test_without_a_place_nothing_is_promised(hub: Hub, jobs: WaitingJobs) -> None:
    with pytest.raises(Conflict, match=r"set url in the table \[reports\]") as refused:
        reports.request_report(replace(hub, report_files=None), OPERATOR, "c", RESULTS)
    assert refused.value.problem_code == "no_place_for_reports"
    assert jobs.waiting == []
    assert reports.list_reports(hub, OPERATOR, "c").items == ()


def test_the_list_is_paged_newest_first(hub: Hub) -> None:
    made = []
    for _ in range(3):
        made.append(reports.request_report(hub, OPERATOR, "c", RESULTS))
        assert finished(hub, begun(hub, made[-1]))
    running = reports.request_report(hub, OPERATOR, "c", RESULTS)
    begun(hub, running)
    waiting = reports.request_report(hub, OPERATOR, "c", RESULTS)
    reports.request_report(hub, OPERATOR, "d", RESULTS)
    first = reports.list_reports(hub, OPERATOR, "c", state=State.AVAILABLE, limit=2)
    assert [one.code for one in first.items] == [made[2].code, made[1].code]
    rest = reports.list_reports(
        hub, OPERATOR, "c", state=State.AVAILABLE, limit=2, cursor=first.next_cursor
    )
    assert [one.code for one in rest.items] == [made[0].code]
    assert rest.next_cursor is None
    pending = reports.list_reports(hub, OPERATOR, "c", state=State.PENDING)
    assert [one.code for one in pending.items] == [waiting.code, running.code]
    assert len(reports.list_reports(hub, OPERATOR, "c").items) == 5
    with pytest.raises(Invalid):
        reports.list_reports(hub, OPERATOR, "c", cursor="x")


def an_attempt(hub: Hub, actor: Actor, course_id: str) -> None:
    settings = ExamSettings(
        content_id=actor.id, name="e", exam_type=ExamType.PROCTORED, time_limit_minutes=60
    )
    exam = create_exam(hub, LMS, course_id=course_id, settings=settings)
    person = people.get_person(hub, LMS, user_id=actor.id)
    add_attempt(hub, exam, person, status=AttemptStatus.SUBMITTED)


def erase(hub: Hub, actor: Actor) -> None:
    person_pk = actor.person_pk
    assert person_pk is not None
    hub.database.write(lambda conn: reports.erase_reports_of(conn, hub, person_pk, hub.now()))


def test_a_retirement_takes_ready_reports_back(hub: Hub, jobs: WaitingJobs) -> None:
    ada = a_person(hub, "ada")
    an_attempt(hub, ada, "c")
    mine, theirs = (reports.request_report(hub, OPERATOR, c, RESULTS) for c in ("c", "d"))
    for report in (mine, theirs):
        assert finished(hub, begun(hub, report))
    jobs.waiting.clear()
    erase(hub, ada)
    assert reports.get_report(hub, OPERATOR, mine.code).status is ReportStatus.ERASED
    assert reports.get_report(hub, OPERATOR, theirs.code).status is ReportStatus.READY
    assert jobs.waiting == [(reports.REMOVE_FILES, (mine.id,), 0.0)]
    erase(hub, ada)
    assert len(jobs.waiting) == 1, "again changes nothing"


def test_a_learner_s_retirement_does_so(hub: Hub, jobs: WaitingJobs) -> None:
    ada = a_person(hub, "ada")
    an_attempt(hub, ada, "c")
    people.add_team_member(hub, LMS, course_id="c", user_id="ada")
    report = reports.request_report(hub, ada, "c", RESULTS)
    assert finished(hub, begun(hub, report))
    jobs.waiting.clear()
    retired = retire(hub, OPERATOR, user_id="ada")
    found = reports.get_report(hub, OPERATOR, report.code)
    assert found.status is ReportStatus.ERASED
    assert found.requested_by == retired.retired_id
    assert jobs.waiting == [(reports.REMOVE_FILES, (report.id,), 0.0)]


def test_a_retirement_has_running_reports_begun_anew(hub: Hub, jobs: WaitingJobs) -> None:
    ada = a_person(hub, "ada")
    an_attempt(hub, ada, "c")
    report = reports.request_report(hub, OPERATOR, "c", RESULTS)
    run = begun(hub, report)
    # Another waits already; the running one must not get into its way.
    waiting = reports.request_report(hub, OPERATOR, "c", RESULTS)
    jobs.waiting.clear()
    erase(hub, ada)
    assert jobs.waiting == [(reports.MAKE, (report.id,), 0.0)]
    assert not finished(hub, run), "what was read may show the learner"
    assert finished(hub, begun(hub, report))
    assert reports.get_report(hub, OPERATOR, waiting.code).status is ReportStatus.PENDING


def test_a_run_waits_for_a_retirement_in_hand(postgresql_url: str, tmp_path: Path) -> None:
    """A report asked for and begun meanwhile would show who is being erased."""
    parts = {"jobs": WaitingJobs(), "report_files": ReportFiles(str(tmp_path / "reports"))}
    with a_hub(postgresql_url, parts=parts) as hub:
        put_course(
            hub, LMS, course_id="c", settings=CourseSettings(proctoring_enabled=True, vendor="acme")
        )
        ada = a_person(hub, "ada")
        an_attempt(hub, ada, "c")
        erased, commit = threading.Event(), threading.Event()

        def retirement(conn: sa.Connection) -> None:
            assert ada.person_pk is not None
            reports.erase_reports_of(conn, hub, ada.person_pk, hub.now())
            erased.set()
            assert commit.wait(20)

        with ThreadPoolExecutor(2) as pool:
            retiring = pool.submit(hub.database.write, retirement)
            assert erased.wait(20)
            report = reports.request_report(hub, OPERATOR, "c", RESULTS)
            beginning = pool.submit(begun, hub, report)
            with pytest.raises(TimeoutError):
                beginning.result(0.3)
            commit.set()
            retiring.result(20)
            assert finished(hub, beginning.result(20))


def test_whoever_asked_is_named_by_what_they_are_called_now(hub: Hub) -> None:
    tom = a_member(hub, "tom", "c")
    report = reports.request_report(hub, tom, "c", RESULTS)
    with hub.database.read() as conn:
        row = conn.execute(table.select().where(table.c.id == report.id)).one()
    assert "tom" not in row._mapping.values(), "so that a retirement has one place to erase"
