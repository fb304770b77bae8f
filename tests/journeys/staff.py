"""What staff and LMS do besides deciding: anew, opting out, allowances, dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from proctor_hub.domain.timing import Allowance
from proctor_hub.services.allowances import Grant, grant_allowances
from proctor_hub.services.attempts import staff
from proctor_hub.services.attempts.create import CreatedAttempt
from proctor_hub.services.attempts.optout import decline
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.exams import ExamSettings, update_exam
from tests.journeys.game import Game, Refusal
from tests.journeys.ledger import Row, is_overdue
from tests.journeys.table import UNSTARTED
from tests.journeys.world import ExamSeat, person, roles_of
from tests.support import LMS


def reset(game: Game, name: str, row: Row, due_at: datetime | None) -> None:
    """Staff begins the attempt anew."""
    actor = person(game.plan, name)
    made: list[CreatedAttempt] = []
    refusal = _anew(
        game,
        row,
        lambda: made.append(staff.reset(game.hub, actor, row["code"], reason="r", due_at=due_at)),
    )
    entitled = bool(roles_of(name, game.courses[row["exam_pk"]])) and row["live"]
    end = _end(row, due_at)
    in_time = end is None or game.clock() < end
    assert (refusal is None) == (entitled and in_time), (name, row, refusal)


def resume(game: Game, name: str, row: Row, due_at: datetime | None) -> None:
    """Staff lets the learner go on after an error, with the time that was left."""
    actor = person(game.plan, name)

    def call() -> None:
        made = staff.resume(game.hub, actor, row["code"], reason="r", due_at=due_at)
        game.resumed.add(made.record.code)
        game.budget[made.record.code] = _left(game, row)

    refusal = _anew(game, row, call)
    entitled = bool(roles_of(name, game.courses[row["exam_pk"]])) and row["live"]
    end = _end(row, due_at)
    in_time = end is None or game.clock() < end
    possible = entitled and in_time and row["status"] == "error"
    assert (refusal is None) == possible, (name, row, refusal)


def retry(game: Game, row: Row) -> None:
    """The learner begins anew alone: finished practice, failed onboarding."""
    actor = game.learner_of(row)
    refusal = _anew(game, row, lambda: staff.retry(game.hub, actor, row["code"]))
    if refusal is None:
        assert row["live"] and row["exam_type"] in ("practice", "onboarding")


def _anew(game: Game, row: Row, call: Callable[[], object]) -> Refusal | None:
    refusal = game.step(call, persons={row["person_pk"]})
    if refusal is None:
        old = game.now_of(row)
        assert not old["live"]
        seat = (row["exam_pk"], row["person_pk"])
        rows = [r for r in game.ledger.attempts.values() if (r["exam_pk"], r["person_pk"]) == seat]
        new = max(rows, key=lambda r: int(r["number"]))
        assert new["live"] and new["status"] == "created" and new["number"] == old["number"] + 1
    return refusal


def _end(row: Row, due_at: datetime | None) -> datetime | None:
    ends = [due_at or row["effective_due_at"], row["course_ends_at"]]
    return min((end for end in ends if end is not None), default=None)


def _left(game: Game, row: Row) -> int | None:
    """Seconds the learner had left when the attempt went to ``error``; None: the full time."""
    if row["started_at"] is None:
        return game.budget.get(row["code"])
    failed = next(r["at"] for r in game.ledger.history[row["id"]] if r["to_status"] == "error")
    left: timedelta = row["deadline_at"] - (row["completed_at"] or failed)
    return max(0, math.ceil(left.total_seconds()))


def opt_out(game: Game, row: Row, *, by_lms: bool) -> None:
    """The learner takes the exam without proctoring; in course ``a`` that cascades."""
    actor = LMS if by_lms else game.learner_of(row)
    late = is_overdue(row, game.clock())
    refusal = game.step(lambda: decline(game.hub, actor, row["code"]), persons={row["person_pk"]})
    unstarted = row["live"] and row["status"] in UNSTARTED and row["exam_type"] == "proctored"
    if not late:
        assert (refusal is None) == unstarted, (row, refusal)
    if refusal is not None or late:
        return
    assert game.now_of(row)["status"] == "declined"
    live = {(r["exam_pk"], r["person_pk"]): r for r in game.ledger.attempts.values() if r["live"]}
    for exam in game.plan.exams:
        if exam.course == "a" == game.courses[row["exam_pk"]] and exam.exam_type == "proctored":
            assert (exam.pk, row["person_pk"]) in live, "the opt-out did not cascade"


def allow(game: Game, names: list[str], exams: list[ExamSeat], minutes: int) -> None:
    """More time, in bulk; refused as a whole where one of the attempts has started."""
    course = exams[0].course
    pks = [exam.pk for exam in exams if exam.course == course]
    grant = Grant(user_ids=names, exam_pks=pks, allowance=Allowance(additional_minutes=minutes))
    persons = {game.plan.people[name] for name in names}
    started = any(
        row["live"]
        and row["exam_pk"] in pks
        and row["person_pk"] in persons
        and row["status"] not in UNSTARTED
        for row in game.ledger.attempts.values()
    )
    refusal = game.step(
        lambda: grant_allowances(game.hub, LMS, course_id=course, grant=grant), persons=persons
    )
    assert (refusal is not None) == started, (names, pks, refusal)


def end_course(game: Game, course: str, ends_at: datetime | None) -> None:
    """The LMS sets the end of a course."""
    settings = CourseSettings(ends_at=ends_at)
    _set(game, lambda: put_course(game.hub, LMS, course_id=course, settings=settings))


def set_due(game: Game, exam: ExamSeat, due_at: datetime | None) -> None:
    """The LMS moves the due date of an exam."""
    settings = ExamSettings(due_at=due_at)
    _set(game, lambda: update_exam(game.hub, LMS, exam_pk=exam.pk, settings=settings))


def _set(game: Game, call: Callable[[], object]) -> None:
    assert game.step(call) is None
