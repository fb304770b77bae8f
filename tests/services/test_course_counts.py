"""The counts of a course's first page, and what an attempt had the hub send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest

from proctor_hub.domain.words import AttemptStatus, ReviewOwner
from proctor_hub.services import course_counts as counts
from proctor_hub.services.attempt_deliveries import AttemptDelivery, attempt_deliveries
from proctor_hub.services.attempts import staff
from proctor_hub.services.course_counts import Counted, course_counts
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.storage import tables as t
from proctor_hub.storage.deliveries import DeliveryState
from proctor_hub.storage.outbox import NEVER
from tests.plans import grown, walked_in, watching
from tests.services.attempts.world import COURSE, World, a_world
from tests.support import LMS, OPERATOR

S = AttemptStatus
SUPPORT, TEAM = ReviewOwner.SUPPORT, ReviewOwner.COURSE_TEAM


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Suspicious reviews go to support."""
    with a_world(database_url, vendors={"acme": {"second_review_owner": "support"}}) as world:
        yield world


def _filled(world: World) -> None:
    exam = world.exam()
    for user in ("ann", "bob", "cem"):
        world.attempt(S.VERIFIED, user_id=user, exam=exam)
    world.attempt(S.ERROR, user_id="dan", exam=exam)
    archived = world.attempt(S.ERROR, user_id="eve", exam=exam)
    staff.reset(world.hub, world.prof, archived.code, reason="x")
    for user in ("fay", "gil", "hal"):
        record = world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=user, exam=exam)
    decide(world.hub, world.sue, record.code, DecisionWord.ESCALATE, reason="unclear")
    # A vendor's review after a decision is stored and flagged.
    done = world.attempt(S.SECOND_REVIEW_REQUIRED, user_id="ida", exam=exam)
    decide(world.hub, world.sue, done.code, DecisionWord.FAIL, reason="a phone")
    world.review(done, "passed", incidents=[{"text": "later", "status": "Clean"}])


def test_counts_of_what_is_live_and_of_what_needs_the_team(world: World) -> None:
    _filled(world)
    found = course_counts(world.hub, world.prof, COURSE)
    numbers = {status: one.number for status, one in found.statuses.items() if one.number}
    assert numbers == {
        S.VERIFIED: 3, S.ERROR: 1, S.CREATED: 1, S.SECOND_REVIEW_REQUIRED: 3, S.REJECTED: 1,
    }  # fmt: skip
    assert set(found.statuses) == set(S)
    assert found.waiting == {SUPPORT: Counted(number=2), TEAM: Counted(number=1)}
    assert found.escalated == Counted(number=1)
    assert (found.errors, found.flagged) == (Counted(number=1), Counted(number=1))


def test_nobody_counts_on_beyond_the_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(world)
    monkeypatch.setattr(counts, "MOST", 2)
    monkeypatch.setattr(counts, "MOST_WAITING", 2)
    found = course_counts(world.hub, world.sue, COURSE)
    assert found.statuses[S.VERIFIED] == Counted(number=2, over=True)
    assert found.statuses[S.ERROR] == Counted(number=1)
    assert found.waiting == {SUPPORT: Counted(number=2), TEAM: Counted(number=1)}
    assert found.flagged == Counted(number=1)


def test_counting_reads_indexes_only_up_to_the_most(world: World) -> None:
    _filled(world)
    grown(world.hub.database)
    with watching() as statements:
        course_counts(world.hub, world.prof, COURSE)
    made = statements.plans(world.hub.database, large=True)
    plans = [plan for plan in made if "FROM attempts" in plan]
    assert len(plans) == 4
    for plan in plans:
        assert not walked_in(world.hub.database, plan) & {"attempts"}, plan
        assert "SCAN attempts" not in plan, plan
        assert "pk_attempts" not in plan, plan


def test_who_sees_no_counts(world: World) -> None:
    for actor in (OPERATOR, world.learner("ann")):
        with pytest.raises((Forbidden, NotFound)):
            course_counts(world.hub, actor, COURSE)
    with pytest.raises(NotFound):
        course_counts(world.hub, world.prof, "nowhere")


def test_what_an_attempt_had_sent_without_content(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    other = world.attempt(S.SUBMITTED, user_id="bob")
    ids = [row.id for row in world.rows(t.outbox, t.outbox.c.attempt_pk == record.id)]
    parked = t.outbox.update().where(t.outbox.c.id == ids[0])
    values = {"parked_at": world.clock(), "next_try_at": NEVER, "tries": 9, "last_error": "secret"}
    world.hub.database.write(lambda conn: conn.execute(parked.values(values)))
    for actor in (world.prof, world.sue):
        found = attempt_deliveries(world.hub, actor, record.code)
        assert [one.id for one in found] == ids
        first, *rest = found
        assert (first.state, first.tries, first.due_at) == (DeliveryState.PARKED, 9, None)
        assert first.parked_at == world.clock()
        assert all(one.parked_at is None for one in rest)
    names = {field.name for field in fields(AttemptDelivery)}
    assert not names & {"payload", "last_error", "event_id", "stream"}
    for actor in (LMS, OPERATOR, world.learner("ada")):
        with pytest.raises((Forbidden, NotFound)):
            attempt_deliveries(world.hub, actor, other.code)
