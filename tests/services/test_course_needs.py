"""What a course's first page says its team should look after: onboarding, undelivered effects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_hub.domain.words import AttemptStatus, ExamType, OnboardingStatus, Track
from proctor_hub.services import course_needs as needs
from proctor_hub.services.course_needs import onboarding_gaps, undelivered
from proctor_hub.services.errors import Forbidden, NotFound
from proctor_hub.storage import onboarding
from proctor_hub.storage import tables as t
from proctor_hub.storage.outbox import NEVER
from tests.plans import grown, walked_in, watching
from tests.services.attempts.world import COURSE, World, a_world
from tests.support import OPERATOR

S = OnboardingStatus


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with a_world(database_url, vendors={"acme": {}, "plain": {"capabilities": []}}) as world:
        yield world


def _onboarding(world: World, user_id: str, status: S, *, days: int | None = None) -> None:
    actor = world.learner(user_id)
    until = None if days is None else world.clock() + timedelta(days=days)
    pk = actor.person_pk
    assert pk is not None
    world.hub.database.write(
        lambda conn: onboarding.store(
            conn, pk, "acme",
            status=status, approved_at=None, expires_at=until, now=world.clock(),
        )
    )  # fmt: skip


def _park(world: World, attempt_pk: int) -> None:
    values = {"parked_at": world.clock(), "next_try_at": NEVER}
    parked = t.outbox.update().where(t.outbox.c.attempt_pk == attempt_pk).values(values)
    world.hub.database.write(lambda conn: conn.execute(parked))


def test_who_lacks_onboarding_before_an_exam_to_come(world: World) -> None:
    assert onboarding_gaps(world.hub, world.prof, COURSE) is None
    later = world.clock() + timedelta(days=20)
    world.exam(due_at=later + timedelta(days=1))
    world.exam(due_at=later)
    world.exam(due_at=world.clock() - timedelta(days=1))
    world.learner("new")
    world.learner("audits", Track.AUDIT)
    _onboarding(world, "ready", S.VERIFIED, days=100)
    _onboarding(world, "late", S.VERIFIED, days=-1)
    _onboarding(world, "over", S.EXPIRED)
    _onboarding(world, "no", S.REJECTED)
    found = onboarding_gaps(world.hub, world.prof, COURSE)
    assert found is not None
    assert (found.missing, found.over, found.next_due_at) == (
        {S.NOT_STARTED: 1, S.EXPIRED: 2, S.REJECTED: 1}, False, later,
    )  # fmt: skip


def test_none_is_needed_where_nothing_is_to_come(world: World) -> None:
    world.exam(ExamType.PRACTICE)
    world.learner("new")
    assert onboarding_gaps(world.hub, world.prof, COURSE) is None
    world.exam()
    assert onboarding_gaps(world.hub, world.prof, COURSE) is not None
    world.set_course(ends_at=world.clock() + timedelta(days=1))
    assert onboarding_gaps(world.hub, world.prof, COURSE) is not None
    world.clock.move(days=2)
    assert onboarding_gaps(world.hub, world.prof, COURSE) is None


def test_a_vendor_without_onboarding_needs_none(world: World) -> None:
    world.set_course(vendor="plain")
    world.exam()
    assert onboarding_gaps(world.hub, world.prof, COURSE) is None


def test_nobody_looks_on_beyond_the_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.exam()
    for user in ("a", "b", "c"):
        world.learner(user)
    monkeypatch.setattr(needs, "MOST_LEARNERS", 2)
    found = onboarding_gaps(world.hub, world.prof, COURSE)
    assert found is not None
    assert found.over


def test_what_was_not_delivered_names_the_attempt(world: World) -> None:
    record = world.attempt(AttemptStatus.SUBMITTED)
    world.attempt(AttemptStatus.SUBMITTED, user_id="bob")
    world.set_course("other")
    assert undelivered(world.hub, world.prof, COURSE) == []
    _park(world, record.id)
    for actor in (world.prof, world.sue):
        (one,) = undelivered(world.hub, actor, COURSE)
        assert (one.attempt_code, one.username) == (record.code, "ada")
    assert undelivered(world.hub, world.sue, "other") == []


def test_who_sees_neither(world: World) -> None:
    for actor in (OPERATOR, world.learner("ann")):
        for look in (onboarding_gaps, undelivered):
            with pytest.raises((Forbidden, NotFound)):
                look(world.hub, actor, COURSE)
    with pytest.raises(Forbidden):
        onboarding_gaps(world.hub, world.sue, COURSE)


def test_neither_walks_a_table(world: World) -> None:
    _park(world, world.attempt(AttemptStatus.SUBMITTED).id)
    grown(world.hub.database)
    with watching() as statements:
        onboarding_gaps(world.hub, world.prof, COURSE)
        undelivered(world.hub, world.prof, COURSE)
    for plan in statements.plans(world.hub.database, large=True):
        walked = walked_in(world.hub.database, plan)
        assert not walked & {"attempts", "outbox", "people", "enrolments", "onboarding_profiles"}
