"""Many kept callbacks taken again: each on its own, none twice, quarantined ones by name only."""

from __future__ import annotations

import threading

import pytest

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services import audit
from proctor_hub.services.callbacks import bulk, replay
from proctor_hub.services.callbacks.bulk import Unsettled, replay_all, replay_named
from proctor_hub.services.errors import Conflict, Forbidden, Invalid
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.testing.fake_vendor import review_body
from tests.services.attempts.world import World, status_of
from tests.support import LMS, OPERATOR

S = AttemptStatus
PATIENCE = 20.0


def early(world: World, name: str, status: str = "passed") -> None:
    """A review for a session the hub does not know yet."""
    assert status_of(world.call(review_body(status), external_id=name)) == 404


def taken(world: World, name: str, user_id: str) -> AttemptRecord:
    """The attempt that such a review was about."""
    world.vendor().next_ids = [name]
    return world.attempt(S.SUBMITTED, user_id=user_id)


def test_all_with_an_outcome_take_effect_and_those_without_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_BATCH", 2)
    for name in ("one", "unknown", "two", "three"):
        early(world, name)
    records = [taken(world, name, name) for name in ("one", "two", "three")]
    kept = {row.id: row for row in world.callbacks() if row.outcome == "unmatched"}
    found, cursor = [], None
    while True:
        done = replay_all(world.hub, OPERATOR, Unsettled.UNMATCHED, limit=3, cursor=cursor)
        found += done.items
        if (cursor := done.next_cursor) is None:
            break
    assert [one.id for one in found] == sorted(kept)
    assert [one.code for one in found] == ["applied", "unmatched", "applied", "applied"]
    assert {world.fresh(record).status for record in records} == {S.VERIFIED}
    assert [one.attempt_code for one in found if one.attempt_code] == [r.code for r in records]
    lines = [line for line in audit.list_audit(world.hub, OPERATOR, limit=200).items]
    assert {line.subject for line in lines if line.action == "callback.replayed"} == {
        str(pk) for pk in kept
    }


def test_a_bulk_replay_is_for_one_account_where_one_is_named(world: World) -> None:
    early(world, "one")
    done = replay_all(world.hub, OPERATOR, Unsettled.UNMATCHED, vendor="other")
    assert (done.items, done.next_cursor) == ((), None)
    done = replay_all(world.hub, OPERATOR, Unsettled.UNMATCHED, vendor="acme")
    assert [one.code for one in done.items] == ["unmatched"]


def test_quarantined_ones_are_believed_by_name_and_reason_only(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    body = review_body("passed")
    for name in (record.external_id, "unknown"):
        assert status_of(world.call(body, external_id=name, caller=None)) == 401
    ids = [row.id for row in world.callbacks() if row.quarantined]
    for outcome in Unsettled:
        assert replay_all(world.hub, OPERATOR, outcome).items == ()
    bare = replay_named(world.hub, OPERATOR, [*ids, 10**9])
    assert [(one.code, one.status) for one in bare.items] == [
        ("invalid", 422), ("invalid", 422), ("callback_not_found", 404)
    ]  # fmt: skip
    assert world.fresh(record).status is S.SUBMITTED
    done = replay_named(world.hub, OPERATOR, ids, reason="confirmed by phone")
    assert [one.code for one in done.items] == ["applied", "unmatched"]
    assert world.fresh(record).status is S.VERIFIED
    again = replay_named(world.hub, OPERATOR, ids[:1], reason="confirmed by phone")
    assert [(one.code, one.status) for one in again.items] == [("already_effective", 409)]


def test_bounds_and_who_may(world: World) -> None:
    for ids in ([], list(range(1, 202))):
        with pytest.raises(Invalid):
            replay_named(world.hub, OPERATOR, ids)
    with pytest.raises(Invalid):
        replay_all(world.hub, OPERATOR, Unsettled.UNMATCHED, limit=1001)
    for actor in (LMS, world.prof, world.sue):
        with pytest.raises(Forbidden):
            replay_named(world.hub, actor, [1])
        with pytest.raises(Forbidden):
            replay_all(world.hub, actor, Unsettled.CONFLICT)


def test_operators_who_replay_at_once_have_it_happen_once(world: World) -> None:
    early(world, "one", "suspicious")
    record = taken(world, "one", "ada")
    (kept, *_) = [row for row in world.callbacks() if row.outcome == "unmatched"]
    start = threading.Barrier(4)
    told: list[str] = []

    def work() -> None:
        start.wait(PATIENCE)
        try:
            told.append(replay(world.hub, OPERATOR, kept.id).outcome.code)
        except Conflict as error:
            told.append(error.problem_code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(told) == ["already_effective"] * 3 + ["applied"]
    assert len(world.reviews(record)) == 1
    assert [row.outcome for row in world.callbacks() if row.id == kept.id] == ["applied"]
