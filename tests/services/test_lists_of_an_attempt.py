"""An attempt may have any number of revisions, decisions and callbacks: each list has a cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from proctor_hub.domain.words import AttemptStatus as S
from proctor_hub.services import decisions, paging, review_lists
from proctor_hub.services.callbacks import listing
from proctor_hub.services.errors import Invalid
from proctor_hub.storage import tables as t
from tests.plans import grown, walked_in, watching
from tests.services.attempts.world import World, a_world

MANY = 120
LIMIT = 50


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with a_world(database_url) as world:
        yield world


@pytest.fixture
def code(world: World) -> str:
    """An attempt with many of each, and a neighbour with some of its own."""
    codes = []
    for name in ("ann", "ben"):
        record = world.attempt(S.SUBMITTED, user_id=name)
        codes.append(record.code)
        world.hub.database.write(lambda conn, pk=record.id: _filled(conn, pk, world))
    return codes[0]


def _filled(conn: Any, attempt_pk: int, world: World) -> None:
    now = world.hub.now()
    numbers = range(1, MANY + 1)
    conn.execute(
        t.reviews.insert(),
        [
            {
                "attempt_pk": attempt_pk, "revision": number, "received_at": now,
                "digest": f"d{number}", "status": "passed", "vendor_status": "ok",
                "incidents": [], "comment": "", "flagged": False, "disposition": "stored",
            }
            for number in numbers
        ],
    )  # fmt: skip
    conn.execute(
        t.decisions.insert(),
        [
            {
                "attempt_pk": attempt_pk, "kind": "pass", "role": "course_team",
                "person_pk": world.prof.person_pk, "decided_at": now, "reason": f"r{number}",
                "from_status": "error", "to_status": "verified",
            }
            for number in numbers
        ],
    )  # fmt: skip


def _revisions(world: World, code: str, **more: Any) -> paging.Page[Any]:
    return review_lists.list_revisions(world.hub, world.prof, code, **more)


def _decisions(world: World, code: str, **more: Any) -> paging.Page[Any]:
    return decisions.list_decisions(world.hub, world.prof, code, **more)


def _callbacks(world: World, code: str, **more: Any) -> paging.Page[Any]:
    return listing.of_attempt(world.hub, world.prof, code, **more)


LISTS = {"reviews": _revisions, "decisions": _decisions}


def _all(ask: Callable[..., paging.Page[Any]], world: World, code: str, **more: Any) -> list[Any]:
    found, cursor = list[Any](), None
    while True:
        page = ask(world, code, cursor=cursor, limit=LIMIT, **more)
        assert len(page.items) <= LIMIT
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("newest_first", [False, True])
def test_every_page_of_it_and_nothing_twice(world: World, code: str, newest_first: bool) -> None:
    numbers = [one.number for one in _all(_revisions, world, code, newest_first=newest_first)]
    reasons = [one.reason for one in _all(_decisions, world, code, newest_first=newest_first)]
    wanted = list(range(1, MANY + 1))
    if newest_first:
        wanted.reverse()
    assert numbers == wanted
    assert reasons == [f"r{number}" for number in wanted]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("table", list(LISTS))
def test_a_page_reads_its_own_rows_by_an_index(
    world: World, code: str, table: str, newest_first: bool
) -> None:
    grown(world.hub.database)
    with watching() as statements:
        LISTS[table](world, code, newest_first=newest_first, cursor=paging.encode([60]))
    plans = [
        one for one in statements.plans(world.hub.database, large=True) if f"FROM {table}" in one
    ]
    assert plans
    for plan in plans:
        assert not walked_in(world.hub.database, plan) & {table}, plan
        assert "LIMIT" in plan
        assert "USE TEMP B-TREE" not in plan, plan


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("ask", LISTS.values())
def test_a_cursor_beyond_every_number_is_a_page(
    world: World, code: str, ask: Callable[..., paging.Page[Any]], newest_first: bool
) -> None:
    far = ask(world, code, newest_first=newest_first, cursor=paging.encode([2**63 - 1]))
    assert bool(far.items) is newest_first
    with pytest.raises(Invalid):
        ask(world, code, cursor="nonsense")


def test_callbacks_have_a_cursor(world: World, code: str) -> None:
    everything = _all(_callbacks, world, code)
    ids = [one.id for one in everything]
    assert ids == sorted(ids)
    first = _callbacks(world, code, limit=1)
    assert [one.id for one in first.items] == ids[:1]
    assert _callbacks(world, code, cursor=paging.encode([2**63 - 1])).items == ()
