"""Vendors are asked until they confirm; where they cannot, an operator does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from proctor_hub import RetirementReceipt, VendorUnavailable, hookimpl
from proctor_hub.domain.words import Role
from proctor_hub.jobs.relay import Relay
from proctor_hub.services import people
from proctor_hub.services.audit import list_audit
from proctor_hub.services.errors import Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.retirement import retire
from proctor_hub.services.retirement_ledger import (
    Receipt,
    confirm_by_hand,
    get_retirement,
    list_retirements,
    record_answer,
)
from proctor_hub.storage import retirement as store
from proctor_hub.storage.people import pseudonym_for, pseudonyms_of
from proctor_hub.storage.tables import outbox
from proctor_hub.testing.fake_vendor import FakeVendor
from tests.plans import grown, watching
from tests.support import LMS, OPERATOR, FakeClock, a_hub, fake_vendor, plugin_of

GONE = RetirementReceipt(confirmed=True, detail="gone")
NOT_YET = RetirementReceipt(confirmed=False, detail="in 30 days")


class Slow(FakeVendor):
    """Confirms when it is told to."""

    answer = NOT_YET

    @hookimpl
    def retire_learner(self, pseudonym: str) -> RetirementReceipt:
        self.hear("retire_learner", pseudonym=pseudonym)
        return self.answer


class Mute(FakeVendor):
    """Has no such call: the default flow answers."""

    @hookimpl
    def retire_learner(self, pseudonym: str) -> RetirementReceipt:
        return None  # type: ignore[return-value]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    vendors = {
        "acme": {},
        "broken": {"plugin": "nowhere"},
        "mute": {"plugin": "mute", "capabilities": []},
        "slow": {"plugin": "slow"},
    }
    plugins = [plugin_of("slow", Slow), plugin_of("mute", Mute)]
    with a_hub(database_url, vendors=vendors, plugins=plugins, clock=clock) as hub:
        yield hub


def gone(hub: Hub, *vendors: str, user_id: str = "ada") -> int:
    """A retired learner whom these vendors knew; their key."""
    names = PersonSettings(username=user_id, email=f"{user_id}@x.example")
    person = people.put_person(hub, LMS, user_id=user_id, settings=names).person
    hub.database.write(
        lambda conn: [pseudonym_for(conn, person.id, slug) for slug in vendors] and None
    )
    retire(hub, OPERATOR, user_id=user_id)
    return person.id


def receipts(hub: Hub, user_id: str = "ada") -> dict[str, Receipt]:
    found = get_retirement(hub, OPERATOR, user_id=user_id)
    return {one.vendor: one for one in found.receipts}


def known(hub: Hub, pk: int) -> set[str]:
    with hub.database.read() as conn:
        return set(pseudonyms_of(conn, pk))


def payloads(hub: Hub) -> list[dict[str, object]]:
    with hub.database.read() as conn:
        query = sa.select(outbox.c.payload).where(outbox.c.kind == store.NOTICE)
        return list(conn.scalars(query.order_by(outbox.c.destination, outbox.c.seq)))


def deliver(hub: Hub) -> None:
    Relay(hub, {}).run_once()


def test_each_vendor_is_asked_until_it_confirms(hub: Hub, clock: FakeClock) -> None:
    pk = gone(hub, "acme", "broken", "gone-since", "mute", "slow")
    first = receipts(hub)
    assert [one.tries for one in first.values()] == [0] * 5
    assert {one.next_try_at for one in first.values()} == {clock()}
    deliver(hub)
    asked = receipts(hub)
    assert [slug for slug, one in asked.items() if one.confirmed] == ["acme"]
    assert (asked["acme"].confirmed_by, asked["acme"].next_try_at) == ("", None)
    assert asked["slow"].detail == "in 30 days"
    assert "by hand" in asked["mute"].detail
    assert "nowhere" in asked["broken"].last_error
    assert "No vendor 'gone-since' is configured" in asked["gone-since"].last_error
    for slug in ("broken", "gone-since", "mute", "slow"):
        assert asked[slug].tries == 1
        later = asked[slug].next_try_at
        assert later is not None and later >= clock.at + timedelta(minutes=5)
    assert known(hub, pk) == {"broken", "gone-since", "mute", "slow"}
    Slow.answer = GONE
    try:
        clock.move(hours=2)
        deliver(hub)
    finally:
        Slow.answer = NOT_YET
    assert [slug for slug, one in receipts(hub).items() if one.confirmed] == ["acme", "slow"]
    assert known(hub, pk) == {"broken", "gone-since", "mute"}
    assert payloads(hub)[0] == payloads(hub)[-1] == {}


def test_a_vendor_that_is_down_is_asked_again(hub: Hub, clock: FakeClock) -> None:
    gone(hub, "acme")
    fake_vendor(hub).fail_with = VendorUnavailable("no answer")
    deliver(hub)
    assert receipts(hub)["acme"].last_error == "no answer"
    fake_vendor(hub).fail_with = None
    clock.move(minutes=10)
    deliver(hub)
    assert get_retirement(hub, OPERATOR, user_id="ada").complete
    with hub.database.read() as conn:
        assert set(conn.scalars(sa.select(outbox.c.last_error))) == {""}, "the vendor's words"


def test_an_operator_confirms_by_hand_and_the_vendor_is_asked_no_more(
    hub: Hub, clock: FakeClock
) -> None:
    pk = gone(hub, "mute", "slow")
    deliver(hub)
    retired_id = get_retirement(hub, OPERATOR, user_id="ada").retired_id
    done = confirm_by_hand(hub, OPERATOR, user_id=retired_id, vendor="mute", note="letter of May 2")
    (mute, slow) = done.receipts
    assert (mute.confirmed, mute.confirmed_by, mute.detail) == (
        True,
        OPERATOR.id,
        "letter of May 2",
    )
    assert (mute.next_try_at, mute.last_error) == (None, "")
    assert not slow.confirmed and not done.complete
    assert known(hub, pk) == {"slow"}
    clock.move(days=1)
    deliver(hub)
    assert receipts(hub)["mute"] == mute
    told = [one for one in fake_vendor(hub, "slow").told if one.hook == "retire_learner"]
    assert len(told) == 2
    (entry, *_) = list_audit(hub, OPERATOR).items
    assert (entry.action, entry.subject) == ("retirement.confirmed", retired_id)
    assert (entry.actor, entry.detail) == (OPERATOR.id, {"vendor": "mute"})


def test_confirming_again_changes_nothing(hub: Hub, clock: FakeClock) -> None:
    gone(hub, "acme")
    deliver(hub)
    before = get_retirement(hub, OPERATOR, user_id="ada")
    clock.move(days=1)
    after = confirm_by_hand(hub, OPERATOR, user_id="ada", vendor="acme", note="by letter")
    assert after == before
    assert [one.action for one in list_audit(hub, OPERATOR).items].count(
        "retirement.confirmed"
    ) == 0


def test_what_was_confirmed_is_not_taken_back_by_a_late_answer(hub: Hub) -> None:
    pk = gone(hub, "slow")
    confirm_by_hand(hub, OPERATOR, user_id="ada", vendor="slow", note="by letter")
    record_answer(hub, person_pk=pk, vendor="slow", seq=1, answer=NOT_YET)
    record_answer(hub, person_pk=pk, vendor="slow", seq=1, answer=GONE)
    assert receipts(hub)["slow"].detail == "by letter"
    with pytest.raises(LookupError):
        record_answer(hub, person_pk=pk, vendor="acme", seq=1, answer=GONE)


def test_who_may_confirm_and_with_what(hub: Hub) -> None:
    gone(hub, "mute")
    with pytest.raises(Forbidden):
        confirm_by_hand(hub, LMS, user_id="ada", vendor="mute", note="x")
    with pytest.raises(Invalid):
        confirm_by_hand(hub, OPERATOR, user_id="ada", vendor="mute", note=" ")
    for user_id, vendor in (("ada", "acme"), ("ada", "no\0such"), ("nobody", "mute")):
        with pytest.raises(NotFound):
            confirm_by_hand(hub, OPERATOR, user_id=user_id, vendor=vendor, note="x")


def test_a_vendor_that_learns_of_somebody_meanwhile_is_asked_again(hub: Hub) -> None:
    """Its answer to the first notice does not stand for the second one."""
    pk = gone(hub, "acme")
    hub.database.write(
        lambda conn: store.ask_again(conn, pk, "acme", "p-2", "vendor:acme", hub.now())
    )
    record_answer(hub, person_pk=pk, vendor="acme", seq=1, answer=GONE)
    assert not receipts(hub)["acme"].confirmed
    deliver(hub)
    assert receipts(hub)["acme"].confirmed
    told = [one.arguments["pseudonym"] for one in fake_vendor(hub).told]
    assert told[-1] == "p-2"
    assert payloads(hub) == [{}, {}]


def test_an_operator_who_is_retired_is_named_in_no_receipt(hub: Hub) -> None:
    names = PersonSettings(username="oli", email="oli@x.example")
    person = people.put_person(hub, LMS, user_id="oli", settings=names).person
    people.grant_staff(hub, OPERATOR, user_id="oli", role=Role.OPERATOR)
    oli = Actor(role=Role.OPERATOR, id="oli", person_pk=person.id, roles=frozenset({Role.OPERATOR}))
    gone(hub, "mute")
    confirm_by_hand(hub, oli, user_id="ada", vendor="mute", note="by letter")
    done = retire(hub, OPERATOR, user_id="oli")
    assert receipts(hub)["mute"].confirmed_by == done.retired_id


def test_many_confirm_at_once_and_one_does(hub: Hub) -> None:
    gone(hub, "mute")
    barrier = threading.Barrier(4)

    def confirm(n: int) -> object:
        barrier.wait(30)
        return confirm_by_hand(hub, OPERATOR, user_id="ada", vendor="mute", note=f"letter {n}")

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(confirm, range(4)))
    assert len(set(map(str, results))) == 1
    actions = [one.action for one in list_audit(hub, OPERATOR).items]
    assert actions.count("retirement.confirmed") == 1


def test_the_ledger_walks_no_outbox(hub: Hub) -> None:
    for n in range(3):
        gone(hub, "acme", "mute", user_id=f"ada{n}")
    deliver(hub)
    row = {"destination": "lms", "seq": 1, "kind": "x", "payload": {}, "created_at": hub.now()}
    rows = [
        {**row, "event_id": f"n{n}", "stream": f"n{n}", "next_try_at": hub.now()}
        for n in range(3000)
    ]
    hub.database.write(lambda conn: conn.execute(outbox.insert(), rows) and None)
    grown(hub.database)
    with watching() as statements:
        found = list_retirements(hub, OPERATOR, limit=2)
    assert [len(one.receipts) for one in found.items] == [2, 2]
    assert statements.touching("outbox")
    assert statements.walked(hub.database, "outbox") == []
