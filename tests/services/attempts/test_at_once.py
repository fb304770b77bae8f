"""Things that happen at once: the end is legal, explained, and nobody gets a strange error (§3)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from proctor_hub import AttemptRef, SessionReady
from proctor_hub.domain.errors import (
    AnotherAttemptRunning,
    AttemptArchived,
    DomainError,
    IllegalMove,
    LiveAttemptExists,
)
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.errors import VendorUnavailable
from proctor_hub.services.attempts import create, launch, optout, reading, staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.decisions import DecisionWord, decide, list_decisions
from proctor_hub.services.errors import Busy, VendorDown
from proctor_hub.services.hub import Actor, Limits
from proctor_hub.storage import tables as t
from proctor_hub.storage.records import AttemptRecord
from tests.services.attempts.world import COURSE, World, a_world, assert_explained, status_of
from tests.support import LMS, START

S = AttemptStatus
PATIENCE = 30
ROUNDS = 3


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make the calls on threads that set off together; each one's result, or what it raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(run, call) for call in calls]
        return [future.exception(PATIENCE) or future.result() for future in futures]


def kinds(results: list[Any]) -> list[str]:
    """The types of what was raised, ``ok`` for the rest, sorted."""
    return sorted(type(r).__name__ if isinstance(r, Exception) else "ok" for r in results)


def live(world: World, exam_pk: int) -> list[Any]:
    return world.rows(t.attempts, t.attempts.c.exam_pk == exam_pk, t.attempts.c.live)


def assert_events_in_order(world: World, record: AttemptRecord) -> None:
    numbers = [row.payload["sequence"] for row in world.events(record)]
    assert numbers == sorted(set(numbers))


def test_two_starts_of_one_attempt(world: World) -> None:
    for user in range(ROUNDS):
        record = world.attempt(S.READY_TO_START, user_id=f"u{user}")
        results = at_once(*[lambda r=record: world.act(r, A.START)] * 3)
        assert kinds(results) == [IllegalMove.__name__] * 2 + ["ok"]
        assert world.event_types(record).count("started") == 1
        assert_explained(world, record)


def test_two_exams_of_one_learner_started(world: World) -> None:
    one, two = world.attempt(S.READY_TO_START), world.attempt(S.READY_TO_START)
    results = at_once(lambda: world.act(one, A.START), lambda: world.act(two, A.START))
    assert kinds(results) == [AnotherAttemptRunning.__name__, "ok"]
    statuses = {world.fresh(one).status, world.fresh(two).status}
    assert statuses == {S.STARTED, S.READY_TO_START}


def test_attempts_created_at_once(world: World) -> None:
    world.learner()
    for _ in range(ROUNDS):
        exam = world.exam()
        before = world.vendor().hooks_told().count("register_attempt")

        def begin(pk: int = exam.id) -> Any:
            return create.create_attempt(world.hub, LMS, exam_pk=pk, user_id="ada")

        results = at_once(begin, begin, begin)
        assert kinds(results) == [LiveAttemptExists.__name__] * 2 + ["ok"]
        (row,) = live(world, exam.id)
        codes = {r.attempt_code for r in results if isinstance(r, LiveAttemptExists)}
        assert codes == {row.code}
        assert world.vendor().hooks_told().count("register_attempt") == before + 1


def test_a_review_and_a_decision(world: World) -> None:
    for user in range(ROUNDS):
        record = world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=f"u{user}")
        results = at_once(
            lambda r=record: decide(world.hub, world.prof, r.code, DecisionWord.FAIL, reason="x"),
            lambda r=record: world.review(r, "passed"),
        )
        after = world.fresh(record)
        assert results[1] == 200
        assert (after.status, after.decided, after.revision) == (S.REJECTED, True, 2), results
        assert len(world.reviews(record)) == 2
        assert_explained(world, record)
        assert_events_in_order(world, record)


def test_equal_reviews_are_one_revision(world: World) -> None:
    for user in range(ROUNDS):
        record = world.attempt(S.SUBMITTED, user_id=f"u{user}")
        calls = [lambda r=record: world.review(r, "suspicious")] * 4
        assert at_once(*calls) == [200] * 4
        assert len(world.reviews(record)) == world.fresh(record).revision == 1
        assert world.event_types(record).count("second_review_required") == 1


def test_different_reviews_are_two_revisions(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    bodies = ("passed", "suspicious")
    assert at_once(*[lambda b=b: world.review(record, b) for b in bodies]) == [200, 200]
    latest = world.reviews(record)[-1].status
    expected = {"passed": S.VERIFIED, "suspicious": S.SECOND_REVIEW_REQUIRED}[latest]
    assert (world.fresh(record).status, world.fresh(record).revision) == (expected, 2)
    assert_explained(world, record)
    assert_events_in_order(world, record)


def test_two_decisions(world: World) -> None:
    for user, words in enumerate([("pass", "fail"), ("pass", "pass"), ("fail", "revert")]):
        record = world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=f"u{user}")
        results = at_once(
            *[
                lambda w=w, r=record: decide(
                    world.hub, world.prof, r.code, DecisionWord(w), reason="x"
                )
                for w in words
            ]
        )
        assert set(kinds(results)) <= {"ok", IllegalMove.__name__}
        made = list_decisions(world.hub, world.prof, record.code).items
        assert len(made) == kinds(results).count("ok")
        assert made[-1].to_status == world.fresh(record).status
        assert [d.replaces_id for d in made] == [None, *[d.id for d in made][:-1]]
        assert_explained(world, record)


def test_a_reset_and_a_callback(world: World) -> None:
    for user in range(ROUNDS):
        record = world.attempt(S.SUBMITTED, user_id=f"u{user}")
        results = at_once(
            lambda r=record: staff.reset(world.hub, world.prof, r.code, reason="x"),
            lambda r=record: world.review(r, "passed"),
            lambda r=record: world.say(SessionReady(attempt=AttemptRef(attempt_code=r.code))),
        )
        assert results[1:] == [200, 200]
        new = world.fresh(results[0].record)
        old = world.fresh(record)
        assert (new.status, new.live, old.live) == (S.CREATED, True, False)
        moved = "verified" in world.event_types(record)
        assert old.status is (S.VERIFIED if moved else S.SUBMITTED)
        assert world.event_types(record)[-2:] == ["reset", "created"]
        assert_explained(world, record)
        assert_events_in_order(world, record)


def test_two_resets(world: World) -> None:
    record = world.attempt(S.ERROR)
    results = at_once(
        lambda: staff.reset(world.hub, world.prof, record.code, reason="x"),
        lambda: staff.resume(world.hub, world.sue, record.code, reason="y"),
    )
    assert kinds(results) == [AttemptArchived.__name__, "ok"]
    assert len(live(world, record.exam_pk)) == 1


def test_a_decision_and_a_reset_of_what_was_seen(world: World) -> None:
    hub, prof, sue = world.hub, world.prof, world.sue
    for user in range(ROUNDS):
        record = world.attempt(S.ERROR, user_id=f"u{user}")
        code, seen = record.code, {"seen_version": record.version}
        # Only the first acts: no verdict is archived, and no archived attempt gets a verdict.
        results = at_once(
            partial(decide, hub, prof, code, DecisionWord.PASS, reason="seen", **seen),
            partial(staff.reset, hub, prof, code, reason="x", **seen),
            partial(staff.resume, hub, sue, code, reason="y", **seen),
        )
        assert kinds(results).count("ok") == 1, results
        after = world.fresh(record)
        assert (after.status, after.live) in ((S.VERIFIED, True), (S.ERROR, False))
        assert_explained(world, record)


def test_the_clock_and_the_learner(stopping: World) -> None:
    record = stopping.attempt(S.STARTED)
    stopping.clock.move(minutes=60)
    results = at_once(
        lambda: stopping.act(record, A.SUBMIT),
        lambda: sweep(stopping.hub),
        lambda: reading.get(stopping.hub, LMS, record.code),
        lambda: stopping.accept_stop(record),
    )
    assert isinstance(results[0], DomainError)
    after = stopping.fresh(record)
    assert after.completed_at == START + timedelta(minutes=60)
    assert after.status in (S.TIMED_OUT, S.SUBMITTED)
    assert stopping.event_types(record).count("timed_out") == 1
    assert stopping.notices(record).count("session_stopped") == 1
    assert_explained(stopping, record)


def test_submitting_twice_and_the_vendors_review(stopping: World) -> None:
    record = stopping.attempt(S.STARTED)
    results = at_once(
        lambda: stopping.act(record, A.SUBMIT),
        lambda: stopping.act(record, A.SUBMIT),
        lambda: stopping.review(record, "passed"),
    )
    assert kinds(results) == [IllegalMove.__name__, "ok", "ok"]
    stopping.accept_stop(record)
    assert stopping.fresh(record).status is S.VERIFIED
    assert_explained(stopping, record)


def test_the_last_place_in_quarantine(database_url: str) -> None:
    with a_world(database_url, limits=Limits(quarantine_items_per_source=3)) as world:
        calls = [lambda n=n: status_of(world.call(b"%d" % n, caller=None)) for n in range(6)]
        assert at_once(*calls) == [401] * 6
        assert len(world.callbacks()) == 3


def test_one_id_for_two_attempts(world: World) -> None:
    exam = world.exam()
    for user in ("ada", "bob"):
        world.learner(user)
    world.vendor().next_ids = ["same", "same"]
    results = at_once(
        *[
            lambda u=u: create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id=u)
            for u in ("ada", "bob")
        ]
    )
    problems = [type(result.problem) for result in results]
    assert sorted(problem.__name__ for problem in problems) == ["NoneType", VendorDown.__name__]
    ids = [row.external_id for row in live(world, exam.id)]
    assert sorted(ids, key=str) == [None, "same"]


def test_launching_twice_after_the_vendor_was_down(world: World) -> None:
    exam = world.exam()
    world.learner()
    world.vendor().fail_with = VendorUnavailable("down")
    record = create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada").record
    world.vendor().fail_with = None
    results = at_once(*[lambda: launch.launch(world.hub, LMS, record.code, "en")] * 3)
    assert kinds(results) == ["ok"] * 3
    with world.hub.database.read() as conn:
        ids = list(conn.execute(t.external_ids.select()))
    current = [row.external_id for row in ids if row.replaced_at is None]
    assert current == [world.fresh(record).external_id]
    assert world.notices(record) == ["session_removed"] * (len(ids) - 1)


def test_a_cascade_and_a_creation(world: World) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    for user in range(ROUNDS):
        name = f"u{user}"
        first, second = world.exam(), world.exam()
        record = world.created(first, name)
        results = at_once(
            lambda r=record: optout.decline(world.hub, LMS, r.code),
            lambda pk=second.id, n=name: create.create_attempt(
                world.hub, LMS, exam_pk=pk, user_id=n
            ),
        )
        assert set(kinds(results)) <= {"ok", LiveAttemptExists.__name__, Busy.__name__}
        assert len(live(world, second.id)) == 1


def test_what_happens_while_the_vendor_answers(world: World) -> None:
    exam = world.exam()
    world.learner()
    world.set_course(COURSE, allow_opt_out=True)

    def code() -> str:
        return str(live(world, exam.id)[0].code)

    world.vendor().meanwhile = lambda: optout.decline(world.hub, LMS, code())
    made = create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
    after = world.fresh(made.record)
    assert (after.status, after.external_id) == (S.DECLINED, None)
    assert world.notices(after) == ["session_removed"]
    new = staff.reset(world.hub, world.prof, after.code, reason="x").record
    world.vendor().meanwhile = lambda: launch.launch(world.hub, LMS, new.code, "en")
    outer = launch.launch(world.hub, LMS, new.code, "en")
    assert world.fresh(new).external_id == outer.record.external_id
    assert world.notices(new) == ["session_removed"]


def test_two_exams_declined_at_once_before_an_attempt(world: World) -> None:
    world.set_course(COURSE, allow_opt_out=True)
    for user in range(ROUNDS):
        ada, one, two = world.learner(f"u{user}"), world.exam(), world.exam()

        def declining(pk: int, ada: Actor = ada) -> Callable[[], Any]:
            return lambda: optout.decline_exam(world.hub, ada, exam_pk=pk, user_id=ada.id)

        results = at_once(declining(one.id), declining(two.id), declining(one.id))
        assert set(kinds(results)) <= {Busy.__name__, LiveAttemptExists.__name__, "ok"}
        assert "ok" in kinds(results)
        for exam in (one, two):
            mine = [row for row in live(world, exam.id) if row.person_pk == ada.person_pk]
            assert [row.status for row in mine] == [S.DECLINED]
