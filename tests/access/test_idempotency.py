from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from proctor_hub.services.access import clients, idempotency
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.idempotency import StoredAnswer, claim_of, once
from proctor_hub.services.access.tokens import Caller
from proctor_hub.services.errors import Conflict, Invalid
from proctor_hub.services.hub import Hub
from proctor_hub.storage.idempotency import Claim
from proctor_hub.storage.tables import idempotency as table
from tests.support import OPERATOR, FakeClock, a_hub

ANSWER = StoredAnswer(status=201, body=b'{"name": "Ann"}')


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    with a_hub(database_url, clock=clock) as made:
        yield made


def _claim(hub: Hub, body: bytes = b"{}", key: str = "k", path: str = "POST /x") -> Claim:
    found = clients.list_clients(hub, OPERATOR).items
    client = found[0] if found else clients.create(hub, OPERATOR, ClientKind.LMS).client
    return claim_of(Caller(client=client, actor=clients.actor_of(client)), path, key, body)


def _never() -> StoredAnswer:
    raise AssertionError("done twice")


def test_the_second_time_the_answer_is_the_same_and_nothing_is_done(hub: Hub) -> None:
    claim = _claim(hub)
    assert once(hub, claim, lambda: ANSWER) == ANSWER
    again = once(hub, claim, _never)
    assert (again.status, again.body, again.repeated) == (201, ANSWER.body, True)


def test_what_is_stored_cannot_be_read(hub: Hub) -> None:
    once(hub, _claim(hub), lambda: ANSWER)
    with hub.database.read() as conn:
        row = conn.execute(table.select()).one()
    assert b"Ann" not in row.response


def test_another_body_is_refused(hub: Hub) -> None:
    once(hub, _claim(hub), lambda: ANSWER)
    with pytest.raises(Invalid) as refused:
        once(hub, _claim(hub, b"[]"), _never)
    assert refused.value.problem_code == "idempotency_key_reused"


def test_other_paths_and_keys_are_apart(hub: Hub) -> None:
    done = []
    for claim in (_claim(hub), _claim(hub, key="l"), _claim(hub, path="POST /y")):
        once(hub, claim, lambda: done.append(1) or ANSWER)  # type: ignore[func-returns-value]
    assert len(done) == 3


def test_while_the_first_runs_the_second_is_told_to_wait(hub: Hub) -> None:
    claim = _claim(hub)
    refused: list[Conflict] = []

    def work() -> StoredAnswer:
        try:
            once(hub, claim, _never)
        except Conflict as error:
            refused.append(error)
        return ANSWER

    assert once(hub, claim, work) == ANSWER
    assert [error.problem_code for error in refused] == ["request_in_progress"]


def test_what_failed_may_be_sent_again(hub: Hub) -> None:
    claim = _claim(hub)
    with pytest.raises(Conflict):
        once(hub, claim, lambda: (_ for _ in ()).throw(Conflict("not now")))
    assert once(hub, claim, lambda: ANSWER) == ANSWER


def test_a_claim_of_a_dead_process_does_not_block_for_long(hub: Hub, clock: FakeClock) -> None:
    claim = _claim(hub)

    def dies() -> StoredAnswer:
        clock.move(minutes=6)
        return once(hub, claim, lambda: ANSWER)

    assert once(hub, claim, dies) == ANSWER


def test_after_a_day_a_key_is_free_again(hub: Hub, clock: FakeClock) -> None:
    once(hub, _claim(hub), lambda: ANSWER)
    clock.move(hours=24, seconds=1)
    other = StoredAnswer(status=201, body=b"[]")
    assert once(hub, _claim(hub, b"[]"), lambda: other) == other
    clock.move(hours=25)
    assert idempotency.purge(hub) == 1


def test_of_many_at_once_one_is_done(hub: Hub) -> None:
    claim, done, start = _claim(hub), [], threading.Barrier(6)
    waiting = threading.Event()

    def work() -> StoredAnswer:
        done.append(1)
        waiting.wait(5)
        return ANSWER

    def one() -> None:
        start.wait()
        try:
            once(hub, claim, work)
        except Conflict:
            outcomes.append("told to wait")
        if len(outcomes) == 5:
            waiting.set()

    outcomes: list[str] = []
    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(outcomes)) == (1, 5)


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "ü"])
def test_a_key_that_cannot_be_used(hub: Hub, key: str) -> None:
    with pytest.raises(Invalid):
        _claim(hub, key=key)
