"""What operators see of effects on their way, and having parked ones tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, Role
from proctor_hub.jobs.destination import Destination
from proctor_hub.services import audit
from proctor_hub.services import deliveries as service
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import deliveries as store
from proctor_hub.storage.deliveries import Delivery, DeliveryState
from proctor_hub.storage.outbox import AT_ONCE, NEVER
from proctor_hub.storage.tables import outbox
from tests.jobs.support import PATIENCE, Recorder, put, stored
from tests.plans import plan
from tests.services.attempts.world import a_world
from tests.support import LMS, OPERATOR, a_hub

S = DeliveryState


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    with a_hub(database_url) as made:
        yield made


def park(hub: Hub, *streams: str, destination: str = "lms", kind: str = "started") -> list[int]:
    """Parked rows, one a stream, with one held behind each; the parked ones' ids."""
    for stream in streams:
        for seq in (1, 2):
            put(hub, stream, seq, destination=destination, kind=kind)
    mine = (outbox.c.destination == destination) & outbox.c.stream.in_(streams)
    hub.database.write(
        lambda conn: conn.execute(
            outbox.update()
            .where(mine)
            .values(next_try_at=NEVER, tries=5, last_error="answered 400")
        )
    )
    hub.database.write(
        lambda conn: conn.execute(
            outbox.update().where(mine, outbox.c.seq == 1).values(parked_at=hub.now())
        )
    )
    return [row.id for row in stored(hub) if row.parked_at and row.stream in streams]


def every(hub: Hub, **wanted: Any) -> list[Delivery]:
    found: list[Delivery] = []
    cursor = None
    while True:
        page = service.list_deliveries(hub, OPERATOR, cursor=cursor, limit=2, **wanted)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def relayed(hub: Hub, destination: str = "lms") -> Recorder:
    way = Recorder()
    relay = Destination(hub, destination, way.deliver)
    relay.run_once()
    relay.close()
    return way


def test_each_state_is_listed_in_its_order_over_all_pages(hub: Hub) -> None:
    parked = park(hub, "a", "b", "c", destination="lms:one") + park(hub, "d", "e")
    for stream in ("p", "q", "r"):
        put(hub, stream, 1)
    found = every(hub)
    assert [one.id for one in found] == [*parked[3:], *parked[:3]]
    assert {one.state for one in found} == {S.PARKED}
    assert {(one.tries, one.last_error) for one in found} == {(5, "answered 400")}
    assert [one.id for one in every(hub, destination="lms:one")] == parked[:3]
    assert every(hub, destination="nobody") == []
    waiting = every(hub, state=S.WAITING)
    assert [one.stream for one in waiting] == ["p", "q", "r"]
    relayed(hub)
    assert every(hub, state=S.WAITING) == []
    assert [one.stream for one in every(hub, state=S.DELIVERED)] == ["r", "q", "p"]
    with pytest.raises(Invalid):
        every(hub, state=S.HELD)


def test_pages_of_delivered_ones_go_on_over_what_waits(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, "first", 1)
    relayed(hub)
    for number in range(7):
        put(hub, f"s{number}", 1)
    small = store._WINDOW.limit(3)
    monkeypatch.setattr(store, "_WINDOW_END", sa.select(sa.func.min(small.subquery().c.id)))
    assert [one.stream for one in every(hub, state=S.DELIVERED)] == ["first"]


def test_what_an_attempt_caused_is_found_by_its_code(database_url: str) -> None:
    with a_world(database_url) as world:
        record = world.attempt(AttemptStatus.SUBMITTED)
        world.attempt(AttemptStatus.STARTED, user_id="bob")
        found = service.list_deliveries(world.hub, OPERATOR, attempt_code=record.code).items
        assert {one.attempt_code for one in found} == {record.code}
        assert {one.destination for one in found} == {"lms", "vendor:acme"}
        kinds = [one.kind for one in found if one.destination == "lms"]
        assert kinds == ["created", "ready", "started", "completed", "submitted"]
        assert not hasattr(found[0], "payload")
        with pytest.raises(NotFound):
            service.list_deliveries(world.hub, OPERATOR, attempt_code="nothing")


def test_one_retry_sets_its_stream_going_and_is_on_record(hub: Hub) -> None:
    first, other = park(hub, "a", "b")
    done = service.retry_delivery(hub, OPERATOR, first)
    assert (done.state, done.tries) == (S.WAITING, 0)
    assert relayed(hub).taken == {"a": [1, 2]}
    with pytest.raises(Conflict, match="made already"):
        service.retry_delivery(hub, OPERATOR, first)
    with pytest.raises(NotFound):
        service.retry_delivery(hub, OPERATOR, 10**15)
    assert [one.id for one in every(hub)] == [other]
    (line,) = audit.list_audit(hub, OPERATOR).items
    assert (line.action, line.subject, line.actor) == (
        "delivery.retried", str(first), OPERATOR.id
    )  # fmt: skip


def test_who_is_no_operator_retries_nothing(hub: Hub) -> None:
    (first,) = park(hub, "a")
    nobody = Actor(role=Role.OPERATOR, id="x", person_pk=17)
    for actor in (LMS, nobody):
        with pytest.raises(Forbidden):
            service.retry_delivery(hub, actor, first)
        with pytest.raises(Forbidden):
            service.retry_parked(hub, actor)
        with pytest.raises(Forbidden):
            service.list_deliveries(hub, actor)
    assert [one.id for one in every(hub)] == [first]


def test_a_bulk_retry_goes_on_where_it_stopped(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    park(hub, *(f"m{number}" for number in range(3)), destination="mail", kind="submitted")
    park(hub, *(f"s{number}" for number in range(5)))
    park(hub, "odd", kind="verified")
    some = service.retry_parked(hub, OPERATOR, limit=3)
    assert (some.retried, some.remaining) == (3, 6)
    rest = service.retry_parked(hub, OPERATOR, kind="started", cursor=some.next_cursor)
    assert (rest.retried, rest.remaining, rest.next_cursor) == (2, 4, None)
    assert len(relayed(hub).event_ids) == 10
    last = service.retry_parked(hub, OPERATOR, destination="mail")
    assert (last.retried, last.remaining) == (3, 0)
    assert [one.kind for one in every(hub)] == ["verified"]


def test_a_bulk_retry_that_meets_only_others_comes_to_an_end(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    park(hub, *(f"s{number}" for number in range(9)))
    calls, cursor = 0, None
    while True:
        done = service.retry_parked(hub, OPERATOR, kind="verified", limit=1, cursor=cursor)
        calls, cursor = calls + 1, done.next_cursor
        assert done.retried == 0
        if cursor is None:
            break
    assert 2 <= calls <= 5


def test_operators_who_retry_at_once_share_what_is_parked(hub: Hub) -> None:
    park(hub, *(f"s{number}" for number in range(60)))
    start, done, problems = threading.Barrier(4), [], []

    def retry() -> None:
        start.wait(PATIENCE)
        try:
            done.append(service.retry_parked(hub, OPERATOR).retried)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=retry) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (problems, len(done), sum(done)) == ([], 4, 60)
    assert {row.next_try_at for row in stored(hub)} == {AT_ONCE}
    assert len(relayed(hub).event_ids) == 120


def test_a_retry_while_the_relay_delivers_loses_and_doubles_nothing(hub: Hub) -> None:
    (first,) = park(hub, "a")
    put(hub, "b", 1)
    way = Recorder()
    way.hold["b"] = threading.Event()
    relay = Destination(hub, "lms", way.deliver)
    thread = threading.Thread(target=relay.run_once)
    thread.start()
    assert way.reached["b"].wait(PATIENCE)
    # "b" is in flight, and "a" comes back to life beside it; both operators ask for both.
    held = next(row.id for row in stored(hub) if row.stream == "b")
    for _ in range(2):
        service.retry_delivery(hub, OPERATOR, first)
        service.retry_delivery(hub, OPERATOR, held)
    way.hold["b"].set()
    thread.join(PATIENCE)
    relay.run_once()
    relay.close()
    assert (way.taken["a"], way.taken["b"]) == ([1, 2], [1])
    assert all(row.delivered_at for row in stored(hub))


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("_PARKED", {"destination": "lms", "after": 0, "count": 5}, "ix_outbox_parked"),
        (
            "_WAITING",
            {"destination": "lms", "after_time": AT_ONCE, "after": 0, "count": 5},
            "ix_outbox_due",
        ),
        (
            "_OF_STREAMS",
            {"destination": "lms", "streams": ["a"], "attempt_pk": 1},
            "destination",
        ),
        ("_STREAM_ROWS", {"destination": "lms", "streams": ["a", "b"]}, "destination"),
    ],
)
def test_no_list_walks_the_outbox(hub: Hub, name: str, values: dict[str, Any], index: str) -> None:
    with hub.database.engine.connect() as conn:
        steps = plan(conn, getattr(store, name), values)
    assert index in steps
    assert "Seq Scan" not in steps
    assert "SCAN outbox" not in steps
