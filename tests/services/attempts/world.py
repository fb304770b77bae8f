"""A small world for tests: a course with people, exams and a vendor; attempts in any status."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from proctor_hub import AttemptRef, CallbackEvent, Classification, SessionFault
from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import AttemptStatus, ExamType, Role, Track
from proctor_hub.services import callbacks, courses, exams, people
from proctor_hub.services.allowances import Grant, grant_allowances
from proctor_hub.services.attempts import conclude, create, learner, optout
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.callbacks import Redirect, Reply
from proctor_hub.services.courses import CourseSettings
from proctor_hub.services.exams import ExamSettings
from proctor_hub.services.hub import Actor, Hub, vendor_actor
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage import attempts as store
from proctor_hub.storage import history
from proctor_hub.storage import tables as t
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.history import HistoryEntry
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.testing.fake_vendor import review_body
from proctor_hub.vendors.receiving import Answer, CallbackRequest
from tests.services.attempts.telling_vendor import PLUGIN, TellingVendor, telling_entry_point
from tests.support import LMS, OPERATOR, FakeClock, a_hub

S = AttemptStatus
COURSE = "course-v1:demo"


class World:
    """The course ``COURSE`` with a team (``prof``), support (``sue``) and learners at will."""

    def __init__(self, hub: Hub, clock: FakeClock, **course: Any) -> None:
        self.hub = hub
        self.clock = clock
        self._content = itertools.count(1)
        self._bodies = itertools.count(1)
        self.set_course(COURSE, **course)
        self.prof = self.person("prof", Role.COURSE_TEAM)
        self.sue = self.person("sue", Role.SUPPORT)
        people.add_team_member(hub, LMS, course_id=COURSE, user_id="prof")
        people.grant_staff(hub, OPERATOR, user_id="sue", role=Role.SUPPORT)

    # --- people, courses, exams -------------------------------------------------------------

    def set_course(self, course_id: str = COURSE, **settings: Any) -> None:
        """Create or change a course; new ones have proctoring on with ``acme``."""
        given = {"proctoring_enabled": True, "vendor": "acme", **settings}
        courses.put_course(self.hub, LMS, course_id=course_id, settings=CourseSettings(**given))

    def person(self, user_id: str, role: Role = Role.LEARNER) -> Actor:
        """A user, as an actor; their e-mail is ``<user_id>@Uni.example``."""
        names = PersonSettings(username=user_id, email=f"{user_id}@Uni.example")
        made = people.put_person(self.hub, LMS, user_id=user_id, settings=names)
        return Actor(role=role, id=user_id, person_pk=made.person.id)

    def learner(
        self, user_id: str = "ada", track: Track = Track.VERIFIED, course_id: str = COURSE
    ) -> Actor:
        """An enrolled learner."""
        actor = self.person(user_id)
        people.put_enrolment(self.hub, LMS, course_id=course_id, user_id=user_id, track=track)
        return actor

    def exam(
        self,
        exam_type: ExamType = ExamType.PROCTORED,
        *,
        course_id: str = COURSE,
        minutes: int = 60,
        due_at: datetime | None = None,
    ) -> Exam:
        """A new exam."""
        name = f"exam-{next(self._content)}"
        settings = ExamSettings(
            content_id=name,
            name=name,
            exam_type=exam_type,
            time_limit_minutes=minutes,
            due_at=due_at,
        )
        return exams.create_exam(self.hub, LMS, course_id=course_id, settings=settings)

    def allow(self, exam: Exam, user_id: str = "ada", **terms: Any) -> None:
        """Grant an allowance."""
        grant = Grant(user_ids=[user_id], exam_pks=[exam.id], allowance=Allowance(**terms))
        grant_allowances(self.hub, LMS, course_id=COURSE, grant=grant)

    def vendor(self, slug: str = "acme") -> TellingVendor:
        """The plugin behind an account."""
        plugin = self.hub.vendors.get(slug).implementation
        assert isinstance(plugin, TellingVendor)
        return plugin

    # --- attempts ---------------------------------------------------------------------------

    def created(self, exam: Exam | None = None, user_id: str = "ada") -> AttemptRecord:
        """A new attempt, registered."""
        self.learner(user_id)
        exam = exam or self.exam()
        made = create.create_attempt(self.hub, LMS, exam_pk=exam.id, user_id=user_id)
        assert made.problem is None
        return made.record

    def act(self, record: AttemptRecord, action: LearnerAction, **more: Any) -> AttemptRecord:
        """A learner's action, through the LMS."""
        return learner.act(self.hub, LMS, record.code, action, **more)

    def attempt(
        self,
        status: AttemptStatus,
        exam_type: ExamType = ExamType.PROCTORED,
        *,
        user_id: str = "ada",
        exam: Exam | None = None,
    ) -> AttemptRecord:
        """An attempt led to ``status`` by what really leads there."""
        record = self.created(exam or self.exam(exam_type), user_id)
        for step in _WAYS[status]:
            if step is S.READY_TO_START and record.exam_type is ExamType.TIMED:
                continue
            if self.fresh(record).status is not step:
                _STEPS[step](self, record)
        found = self.fresh(record)
        assert found.status is status, found.status
        return found

    def fresh(self, record: AttemptRecord) -> AttemptRecord:
        """The attempt as the database has it now."""
        with self.hub.database.read() as conn:
            found = store.by_id(conn, record.id)
        assert found is not None
        return found

    # --- what the vendor says ---------------------------------------------------------------

    def call(
        self,
        body: bytes = b"",
        *,
        external_id: str | None = "none",
        route: str = "reviewed",
        slug: str | None = "acme",
        caller: str | None = "acme-client",
        source: str = "192.0.2.7",
    ) -> Reply:
        """One call of the vendor, as the web floor hands it on."""
        request = CallbackRequest(
            route=route,
            method="POST",
            path=f"/callbacks/acme/{external_id}/{route}",
            path_params={"external_id": external_id or ""},
            query={},
            headers={"content-type": "application/json", "authorization": "Bearer secret"},
            body=body,
            source_address=source,
            caller=caller,
        )
        return callbacks.receive(self.hub, slug, request)

    def ready(self, record: AttemptRecord) -> None:
        """The vendor says that the session is ready."""
        assert status_of(self.call(external_id=record.external_id, route="ready")) == 200

    def review(self, record: AttemptRecord, status: str = "passed", **more: Any) -> int:
        """The vendor delivers a review; what it was answered."""
        body = review_body(status, **more)
        return status_of(self.call(body, external_id=record.external_id))

    def say(self, *events: CallbackEvent, slug: str = "acme") -> int:
        """The vendor's call with these events; what it was answered."""
        body = b"say %d" % next(self._bodies)
        self.vendor(slug).says[body] = events
        return status_of(self.call(body, slug=slug))

    def accept_stop(self, record: AttemptRecord) -> None:
        """The vendor accepted the end of the session."""
        conclude.accept_stop(self.hub, record.id, vendor_actor("acme"))

    # --- what is on record ------------------------------------------------------------------

    def rows(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> list[Any]:
        """Rows of a table in order."""
        with self.hub.database.read() as conn:
            query = table.select().where(*conditions).order_by(table.c.id)
            return list(conn.execute(query))

    def rows_of_profile(self) -> list[Any]:
        """All onboarding profiles."""
        with self.hub.database.read() as conn:
            return list(conn.execute(t.onboarding_profiles.select()))

    def events(self, record: AttemptRecord) -> list[Any]:
        """The rows for the LMS about this learner and exam, in order."""
        stream = f"{record.person_pk}:{record.exam_pk}"
        found = self.rows(t.outbox, t.outbox.c.destination == "lms", t.outbox.c.stream == stream)
        return sorted(found, key=lambda row: row.seq)

    def event_types(self, record: AttemptRecord) -> list[str]:
        """Their types in order."""
        return [row.kind for row in self.events(record)]

    def notices(self, record: AttemptRecord) -> list[str]:
        """The hooks the vendor is to be told through, in order."""
        mine = (t.outbox.c.destination != "lms", t.outbox.c.attempt_pk == record.id)
        return [row.kind for row in self.rows(t.outbox, *mine)]

    def history(self, record: AttemptRecord) -> list[HistoryEntry]:
        """The attempt's history, oldest first."""
        with self.hub.database.read() as conn:
            return history.page(conn, record.id, after=0, count=1000)

    def reviews(self, record: AttemptRecord) -> list[Any]:
        """The attempt's revisions in order."""
        return self.rows(t.reviews, t.reviews.c.attempt_pk == record.id)

    def callbacks(self) -> list[Any]:
        """All kept callbacks."""
        return self.rows(t.callbacks)


def status_of(reply: Reply) -> int:
    """The status answered; 302 for a redirect."""
    return 302 if isinstance(reply, Redirect) else reply.status


def answer_of(reply: Reply) -> Answer:
    """The answer, which is no redirect."""
    assert isinstance(reply, Answer)
    return reply


def _error(world: World, record: AttemptRecord) -> None:
    world.say(SessionFault(attempt=AttemptRef(external_id=record.external_id)))


def _time_out(world: World, record: AttemptRecord) -> None:
    world.clock.move(minutes=record.exam_limit_minutes)
    learner.settle_clock(world.hub, record.code)


def _submit(world: World, record: AttemptRecord) -> None:
    """Through ``completed``; where the vendor has a stop call, its answer follows."""
    world.act(record, LearnerAction.SUBMIT)
    world.accept_stop(record)


def _decline(world: World, record: AttemptRecord) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    optout.decline(world.hub, LMS, record.code)


def _expire(world: World, record: AttemptRecord) -> None:
    ends = world.clock.move(minutes=1)
    world.set_course(COURSE, ends_at=ends)
    learner.settle_clock(world.hub, record.code)
    world.set_course(COURSE, ends_at=None)


def _reject(world: World, record: AttemptRecord) -> None:
    """By a review that its vendor's policy fails: nobody has decided."""
    world.vendor().classifies = Classification.REJECT
    world.review(record, "suspicious")
    world.vendor().classifies = None


Step = Callable[[World, AttemptRecord], Any]
_STEPS: Mapping[AttemptStatus, Step] = {
    S.DOWNLOAD_SOFTWARE_CLICKED: lambda w, r: w.act(r, LearnerAction.DOWNLOAD_CLICKED),
    S.READY_TO_START: lambda w, r: w.ready(r),
    S.STARTED: lambda w, r: w.act(r, LearnerAction.START),
    S.READY_TO_SUBMIT: lambda w, r: w.act(r, LearnerAction.FINISH),
    S.COMPLETED: lambda w, r: w.act(r, LearnerAction.SUBMIT),
    S.TIMED_OUT: _time_out,
    S.SUBMITTED: _submit,
    S.SECOND_REVIEW_REQUIRED: lambda w, r: w.review(r, "suspicious"),
    S.VERIFIED: lambda w, r: w.review(r, "passed"),
    S.REJECTED: _reject,
    S.DECLINED: _decline,
    S.EXPIRED: _expire,
    S.ERROR: _error,
}
_RUNNING = (S.READY_TO_START, S.STARTED)
_DONE = (*_RUNNING, S.SUBMITTED)
_WAYS: Mapping[AttemptStatus, tuple[AttemptStatus, ...]] = {
    S.CREATED: (),
    S.DOWNLOAD_SOFTWARE_CLICKED: (S.DOWNLOAD_SOFTWARE_CLICKED,),
    S.READY_TO_START: (S.READY_TO_START,),
    S.STARTED: _RUNNING,
    S.READY_TO_SUBMIT: (*_RUNNING, S.READY_TO_SUBMIT),
    S.COMPLETED: (*_RUNNING, S.COMPLETED),
    S.TIMED_OUT: (*_RUNNING, S.TIMED_OUT),
    S.SUBMITTED: _DONE,
    S.SECOND_REVIEW_REQUIRED: (*_DONE, S.SECOND_REVIEW_REQUIRED),
    S.VERIFIED: (*_DONE, S.VERIFIED),
    S.REJECTED: (*_DONE, S.REJECTED),
    S.DECLINED: (S.DECLINED,),
    S.EXPIRED: (S.EXPIRED,),
    S.ERROR: (*_RUNNING, S.ERROR),
}


def assert_explained(world: World, record: AttemptRecord) -> None:
    """The history leads from the beginning to the attempt's status without a gap."""
    lines = world.history(record)
    assert lines[0].from_status is None
    at = lines[0].to_status
    for line in lines[1:]:
        assert line.from_status is at, f"{line} does not follow {at}"
        assert line.actor and line.cause
        at = line.to_status
    assert at is world.fresh(record).status


@contextmanager
def a_world(
    database_url: str,
    *,
    vendors: Mapping[str, Mapping[str, Any]] | None = None,
    course: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[World]:
    """A world on a migrated database; ``vendors``: slug → settings of the telling vendor."""
    accounts = {"acme": {}} if vendors is None else vendors
    tables = {slug: {"plugin": PLUGIN, **settings} for slug, settings in accounts.items()}
    clock = FakeClock()
    plugins = [telling_entry_point()]
    with a_hub(database_url, vendors=tables, clock=clock, plugins=plugins, **options) as hub:
        yield World(hub, clock, **(course or {}))


def with_hub(world: World, **changes: Any) -> Hub:
    """The world's hub with other parts."""
    return replace(world.hub, **changes)
