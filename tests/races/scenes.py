"""A learner in a course of their own, at a point where several things can happen at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from proctor_hub import AttemptRef, CallbackEvent, SessionEnded, SessionFault, SessionReady
from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import AttemptStatus, Role
from proctor_hub.errors import VendorUnavailable
from proctor_hub.services import callbacks, people
from proctor_hub.services.allowances import Grant, grant_allowances
from proctor_hub.services.attempts import create
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.exams import ExamSettings, update_exam
from proctor_hub.services.hub import Actor
from proctor_hub.storage import tables as t
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.testing.fake_vendor import review_body
from proctor_hub.vendors.receiving import CallbackRequest
from tests.services.attempts.world import World, status_of
from tests.support import LMS

S = AttemptStatus
VENDORS: Mapping[str, Mapping[str, Any]] = {
    # the course team's second review; the end of an exam is submitted at once
    "acme": {},
    # support's second review; the vendor accepts the end of an exam
    "beta": {"has_stop_call": True, "second_review_owner": "support"},
}
_numbers = itertools.count(1)


class Scene:
    """A course with two proctored exams, a learner, and the attempt that things happen to.

    :param vendor: the course's. :param both: there is an attempt at the second exam, too, led as
        far as the first one, but not started.
    """

    def __init__(self, world: World, vendor: str = "acme", *, both: bool = False) -> None:
        number = next(_numbers)
        self.world = world
        self.hub = world.hub
        self.slug = vendor
        self.course = f"course-{number}"
        self.user = f"learner-{number}"
        world.set_course(self.course, vendor=vendor, allow_opt_out=True, decline_cascades=True)
        world.learner(self.user, course_id=self.course)
        self.person = Actor(role=Role.LEARNER, id=self.user, person_pk=self._person_pk())
        self.prof, self.tom = self._team("prof"), self._team("tom")
        self.exam, self.other = (world.exam(course_id=self.course) for _ in range(2))
        self.record = self._begin(self.exam)
        self.second = self._begin(self.other) if both else None

    def _person_pk(self) -> int:
        query = sa.select(t.people.c.id).where(t.people.c.user_id == self.user)
        with self.hub.database.read() as conn:
            return int(conn.execute(query).scalar_one())

    def _team(self, user_id: str) -> Actor:
        actor = self.world.person(user_id, Role.COURSE_TEAM)
        people.add_team_member(self.hub, LMS, course_id=self.course, user_id=user_id)
        return actor

    def _begin(self, exam: Exam) -> AttemptRecord:
        made = create.create_attempt(self.hub, LMS, exam_pk=exam.id, user_id=self.user)
        assert made.problem is None
        return made.record

    # -- how it gets where the race begins

    def unregistered(self) -> None:
        """The vendor was down when the attempt at the second exam was created."""
        self.world.vendor(self.slug).fail_with = VendorUnavailable("down")
        exam_pk = self.other.id
        made = create.create_attempt(self.hub, LMS, exam_pk=exam_pk, user_id=self.user)
        self.world.vendor(self.slug).fail_with = None
        assert made.problem is not None
        self.second = made.record

    def ready(self) -> None:
        """The vendor says that the sessions are ready."""
        for record in (self.record, self.second):
            if record is not None and record.external_id is not None:
                assert self.say(SessionReady(attempt=_of(record)))() == 200

    def started(self) -> None:
        """The first exam runs."""
        self.ready()
        self.world.act(self.record, LearnerAction.START)

    def overdue(self) -> None:
        """Its time is over, and nobody has looked."""
        self.started()
        self.world.clock.move(minutes=self.record.exam_limit_minutes)
        if self.second is not None:
            assert self.say(SessionReady(attempt=_of(self.second)))() == 200

    def stopped(self) -> None:
        """The learner has submitted."""
        self.started()
        self.world.act(self.record, LearnerAction.SUBMIT)

    def judged(self, status: str = "suspicious") -> None:
        """The vendor's first review is there."""
        self.stopped()
        assert self.review(status)() == 200

    def failed(self) -> None:
        """The attempt is in error."""
        self.started()
        assert self.say(SessionFault(attempt=_of(self.record)))() == 200

    # -- calls

    def review(self, status: str, **more: Any) -> Callable[[], int]:
        """The vendor's review of the first exam."""
        return self._call(review_body(status, **more), self.record.external_id or "none")

    def say(self, event: CallbackEvent) -> Callable[[], int]:
        """The vendor's call about something else."""
        body = b"%s %d" % (type(event).__name__.encode(), next(_numbers))
        self.world.vendor(self.slug).says[body] = (event,)
        return self._call(body, "none")

    def fault(self) -> Callable[[], int]:
        """The vendor reports a fault."""
        return self.say(SessionFault(attempt=_of(self.record)))

    def ended(self) -> Callable[[], int]:
        """The vendor says that the session is over."""
        return self.say(SessionEnded(attempt=_of(self.record)))

    def ready_again(self) -> Callable[[], int]:
        """The vendor says once more that the session is ready."""
        return self.say(SessionReady(attempt=_of(self.record)))

    def _call(self, body: bytes, external_id: str) -> Callable[[], int]:
        request = CallbackRequest(
            route="reviewed",
            method="POST",
            path=f"/callbacks/acme/{external_id}/reviewed",
            path_params={"external_id": external_id},
            query={},
            headers={},
            body=body,
            source_address="192.0.2.7",
            caller=f"{self.slug}-client",
        )
        return lambda: status_of(callbacks.receive(self.hub, self.slug, request))

    def rename(self) -> Callable[[], Any]:
        """The LMS gives the first exam another name."""
        settings = ExamSettings(name=f"name-{next(_numbers)}")
        return lambda: update_exam(self.hub, LMS, exam_pk=self.exam.id, settings=settings)

    def allow(self) -> Callable[[], Any]:
        """The course team grants more time for both exams."""
        exams, minutes = [self.exam.id, self.other.id], Allowance(additional_minutes=10)
        grant = Grant(user_ids=[self.user], exam_pks=exams, allowance=minutes)
        return lambda: grant_allowances(self.hub, LMS, course_id=self.course, grant=grant)


def _of(record: AttemptRecord) -> AttemptRef:
    return AttemptRef(attempt_code=record.code)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is left of a scene, without what differs from one run to the next."""

    attempts: tuple[tuple[Any, ...], ...]
    decisions: tuple[tuple[Any, ...], ...]
    revisions: tuple[tuple[Any, ...], ...]


_KEPT = (
    "number", "status", "live", "revision", "review_status", "review_owner", "decided_role",
    "flagged", "held", "allowed_seconds", "exam_type",
)  # fmt: skip


def seen(scene: Scene) -> Seen:
    """The scene as the database has it now; exams by their place in the course."""
    with scene.hub.database.snapshot() as conn:
        course = sa.select(t.courses.c.id).where(t.courses.c.course_id == scene.course)
        mine = t.attempts.c.course_pk == course.scalar_subquery()
        exams = list(conn.scalars(
            sa.select(t.exams.c.id).where(t.exams.c.course_pk == course.scalar_subquery())
            .order_by(t.exams.c.id)
        ))  # fmt: skip
        rows = list(conn.execute(t.attempts.select().where(mine).order_by(
            t.attempts.c.exam_pk, t.attempts.c.number
        )))  # fmt: skip
        places = {row.id: place for place, row in enumerate(rows)}
        decided = conn.execute(_of_attempts(t.decisions, places)).all()
        reviewed = conn.execute(_of_attempts(t.reviews, places)).all()
    return Seen(
        attempts=tuple(
            (
                exams.index(row.exam_pk),
                row.vendor,
                row.live and row.external_id is not None,
                (row.completed_at or row.created_at) - row.created_at > timedelta(minutes=1),
                *(getattr(row, name) for name in _KEPT),
            )
            for row in rows
        ),
        decisions=tuple(
            (places[d.attempt_pk], d.kind, d.role, d.from_status, d.to_status) for d in decided
        ),
        revisions=tuple((places[r.attempt_pk], r.revision, r.status, r.flagged) for r in reviewed),
    )


def _of_attempts(table: sa.Table, places: Mapping[int, int]) -> sa.Select[Any]:
    return table.select().where(table.c.attempt_pk.in_(list(places))).order_by(table.c.id)
