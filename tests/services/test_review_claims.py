"""Claims on second reviews: one holder, for a time, until the second review is over (§5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from proctor_hub.domain.errors import NotEntitled
from proctor_hub.domain.words import AttemptStatus, ReviewOwner, Role
from proctor_hub.services import paging, people, queues, retirement
from proctor_hub.services.attempts import staff
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Actor
from proctor_hub.services.review_claims import claim, release
from proctor_hub.storage import second_reviews
from proctor_hub.storage import tables as t
from proctor_hub.storage.records import AttemptRecord
from tests.plans import grown, walked_in, watching
from tests.services.attempts.world import COURSE, World, a_world
from tests.support import LMS, OPERATOR

CLAIM_HOLDS = timedelta(minutes=30)
S = AttemptStatus
W = DecisionWord
SUPPORT, TEAM = ReviewOwner.SUPPORT, ReviewOwner.COURSE_TEAM


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Suspicious reviews go to support, which is sue and sam."""
    with a_world(database_url, vendors={"acme": {"second_review_owner": "support"}}) as world:
        world.sam = world.person("sam", Role.SUPPORT)  # type: ignore[attr-defined]
        people.grant_staff(world.hub, OPERATOR, user_id="sam", role=Role.SUPPORT)
        yield world


def sam(world: World) -> Actor:
    found: Actor = world.sam  # type: ignore[attr-defined]
    return found


def held(world: World) -> list[int]:
    with world.hub.database.read() as conn:
        return list(conn.scalars(sa.select(t.review_claims.c.person_pk)))


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as caught:
        call()
    return caught.value.problem_code


def test_one_holds_it_and_nobody_else_decides(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    first = claim(world.hub, world.sue, record.code)
    assert (first.user_id, first.expires_at) == ("sue", first.claimed_at + CLAIM_HOLDS)
    world.clock.move(minutes=10)
    again = claim(world.hub, world.sue, record.code)
    assert (again.claimed_at, again.expires_at) == (first.claimed_at, world.clock() + CLAIM_HOLDS)
    with pytest.raises(Conflict, match=r"sue has claimed .* until 2026-.* 09:40 UTC\.") as caught:
        claim(world.hub, sam(world), record.code)
    assert caught.value.problem_code == "claimed_by_another"
    for word in (W.PASS, W.FAIL, W.ESCALATE):
        made = partial(decide, world.hub, sam(world), record.code, word, reason="x")
        assert refused(made) == "claimed_by_another"
    assert refused(lambda: release(world.hub, sam(world), record.code)) == "claimed_by_another"
    (entry,) = queues.second_reviews(world.hub, sam(world), SUPPORT).items
    assert entry.claim == again
    decide(world.hub, world.sue, record.code, W.PASS, reason="a cat")
    assert held(world) == []


def test_released_or_expired_it_is_anybodys(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    claim(world.hub, world.sue, record.code)
    for _ in range(2):
        release(world.hub, world.sue, record.code)
    assert claim(world.hub, sam(world), record.code).user_id == "sam"
    world.clock.at += CLAIM_HOLDS
    (entry,) = queues.second_reviews(world.hub, sam(world), SUPPORT).items
    assert entry.claim is None
    taken = claim(world.hub, world.sue, record.code)
    assert (taken.user_id, taken.claimed_at) == ("sue", world.clock())
    world.clock.at += CLAIM_HOLDS
    decide(world.hub, sam(world), record.code, W.FAIL, reason="a phone")
    assert held(world) == []


def _revised(world: World, record: AttemptRecord) -> None:
    world.review(record, "passed", incidents=[{"text": "a cat", "status": "Clean"}])


ENDINGS: dict[str, Callable[[World, AttemptRecord], object]] = {
    "escalated": lambda w, r: decide(w.hub, w.sue, r.code, W.ESCALATE, reason="unclear"),
    "revised": _revised,
    "reset": lambda w, r: staff.reset(w.hub, w.sue, r.code, reason="x"),
    "learner retired": lambda w, r: retirement.retire(w.hub, OPERATOR, user_id="ada"),
    "holder retired": lambda w, r: retirement.retire(w.hub, OPERATOR, user_id="sue"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_it(world: World, ending: str) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    claim(world.hub, world.sue, record.code)
    ENDINGS[ending](world, record)
    assert held(world) == []


def test_nobody_else_resets_it_while_it_holds(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    claim(world.hub, world.sue, record.code)

    def reset() -> object:
        return staff.reset(world.hub, world.prof, record.code, reason="x")

    assert refused(reset) == "claimed_by_another"
    assert world.fresh(record).live
    release(world.hub, world.sue, record.code)
    reset()
    assert not world.fresh(record).live


def test_a_review_that_changes_nothing_leaves_it(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    claim(world.hub, world.sue, record.code)
    world.review(record, "suspicious", incidents=[{"text": "again", "status": "Suspicious"}])
    assert len(held(world)) == 1


def test_who_may_not(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    operator = world.person("olga", Role.OPERATOR)
    people.grant_staff(world.hub, OPERATOR, user_id="olga", role=Role.OPERATOR)
    machine = Actor(role=Role.SUPPORT, id="sue")
    for actor in (world.prof, operator, OPERATOR, LMS, machine, world.learner("ada")):
        with pytest.raises((NotEntitled, NotFound, Forbidden)):
            claim(world.hub, actor, record.code)
    decide(world.hub, world.sue, record.code, W.ESCALATE, reason="unclear")
    with pytest.raises(NotEntitled):
        claim(world.hub, world.sue, record.code)
    assert claim(world.hub, world.prof, record.code).user_id == "prof"
    done = world.attempt(S.VERIFIED, user_id="bob")
    assert refused(lambda: claim(world.hub, world.prof, done.code)) == "no_second_review"


def test_queues_say_since_when_with_supports_note_and_the_fate(world: World) -> None:
    first, second = (world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=u) for u in ("ada", "bob"))
    since = world.clock()
    world.clock.move(hours=1)
    decide(world.hub, world.sue, second.code, W.ESCALATE, reason="two voices?")
    (mine,) = queues.second_reviews(world.hub, world.sue, SUPPORT).items
    assert (mine.record.code, mine.since, mine.escalation) == (first.code, since, None)
    (theirs,) = queues.second_reviews(world.hub, world.prof, TEAM, course_id=COURSE).items
    assert theirs.escalation is not None
    assert (theirs.since, theirs.escalation.reason) == (world.clock(), "two voices?")
    (one,) = queues.escalated(world.hub, world.sue).items
    assert (one.note, one.status) == (one.latest, S.SECOND_REVIEW_REQUIRED)
    decide(world.hub, world.prof, second.code, W.FAIL, reason="yes, two")
    decide(world.hub, world.sue, first.code, W.ESCALATE, reason="unclear")
    page = queues.escalated(world.hub, world.sue, limit=1)
    assert [item.attempt_code for item in page.items] == [first.code]
    (old,) = queues.escalated(world.hub, world.sue, limit=1, cursor=page.next_cursor).items
    assert (old.attempt_code, old.note.reason, old.latest.reason) == (
        second.code, "two voices?", "yes, two",
    )  # fmt: skip
    assert (old.status, old.latest.kind, old.latest.user_id) == (S.REJECTED, "fail", "prof")
    for actor in (world.prof, OPERATOR, LMS, world.learner("ada")):
        with pytest.raises(Forbidden):
            queues.escalated(world.hub, actor)


def test_escalations_of_one_course_are_looked_for_in_stretches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_reviews, "WINDOW", 2)
    records = [world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=f"u{n}") for n in range(5)]
    for record in records:
        decide(world.hub, world.sue, record.code, W.ESCALATE, reason="unclear")
    here = replace(world.sue, course_pk=records[0].course_pk)
    elsewhere = replace(world.sue, course_pk=records[0].course_pk + 1)
    for actor, codes in ((here, [one.code for one in reversed(records)]), (elsewhere, [])):
        cursor, found, pages = None, [], 0
        while cursor is not None or not pages:
            page = queues.escalated(world.hub, actor, limit=3, cursor=cursor)
            found += [one.attempt_code for one in page.items]
            cursor, pages = page.next_cursor, pages + 1
        assert (found, pages) == (codes, 3)


def test_who_waits_longest_comes_first(world: World) -> None:
    records = [world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=f"u{n}") for n in range(3)]
    world.clock.move(minutes=1)
    for record in (records[2], records[0]):
        world.clock.move(minutes=1)
        decide(world.hub, world.sue, record.code, W.ESCALATE, reason="unclear")
    world.clock.move(minutes=1)
    decide(world.hub, world.sue, records[1].code, W.ESCALATE, reason="unclear")
    found, cursor = list[str](), None
    while not found or cursor is not None:
        page = queues.second_reviews(
            world.hub, world.prof, TEAM, course_id=COURSE, cursor=cursor, limit=1
        )
        found += [entry.record.username for entry in page.items]
        cursor = page.next_cursor
    assert found == ["u2", "u0", "u1"]


@pytest.mark.parametrize("key", [["yesterday", 1], ["2026-11-22T09:00:00", 1], [3]])
def test_a_foreign_cursor_is_refused(world: World, key: list[str | int]) -> None:
    with pytest.raises(Invalid):
        queues.second_reviews(world.hub, world.sue, SUPPORT, cursor=paging.encode(key))


def test_a_filter_that_passes_over_many_goes_on_by_its_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_hub.storage.second_reviews.WINDOW", 2)
    records = [world.attempt(S.SECOND_REVIEW_REQUIRED, user_id=f"u{n}") for n in range(5)]
    for vendor, wanted in (("acme", [one.code for one in records]), ("other", [])):
        found, cursor, pages = list[str](), None, 0
        while pages == 0 or cursor is not None:
            page = queues.second_reviews(
                world.hub, world.sue, SUPPORT, vendor=vendor, cursor=cursor, limit=1
            )
            found += [entry.record.code for entry in page.items]
            cursor, pages = page.next_cursor, pages + 1
        assert found == wanted
        assert pages > 2


def test_no_list_walks_a_table(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    decide(world.hub, world.sue, record.code, W.ESCALATE, reason="unclear")
    grown(world.hub.database)
    with watching() as statements:
        queues.second_reviews(world.hub, world.prof, TEAM, course_id=COURSE)
        queues.escalated(world.hub, world.sue)
        claim(world.hub, world.prof, record.code)
    for plan in statements.plans(world.hub.database, large=True):
        walked = walked_in(world.hub.database, plan)
        assert not walked & {"attempts", "decisions", "history", "review_claims"}, plan
