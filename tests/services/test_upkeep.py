"""Rounds that keep stored things true and small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import OnboardingStatus as O
from proctor_hub.services import upkeep
from proctor_hub.services.hub import Hub
from proctor_hub.services.onboarding import apply_onboarding_change
from proctor_hub.storage.outbox import NEVER
from proctor_hub.storage.tables import onboarding_profiles, outbox, people, pseudonyms
from tests.plans import grown, watching
from tests.support import START, FakeClock, a_hub

LONG_AGO = START - timedelta(days=31)
LATELY = START - timedelta(days=29)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    with a_hub(database_url, clock=clock) as hub:
        yield hub


def insert(hub: Hub, table: sa.Table, *rows: dict[str, Any]) -> None:
    hub.database.write(lambda conn: conn.execute(table.insert(), list(rows)) and None)


def put(hub: Hub, count: int, **more: Any) -> None:
    with hub.database.read() as conn:
        first = (conn.scalar(sa.select(sa.func.max(outbox.c.id))) or 0) + 1
    rows = [
        {
            "event_id": f"e{n}", "destination": "lms", "stream": f"s{n}", "seq": 1,
            "kind": "started",
            "payload": {}, "created_at": LONG_AGO, "next_try_at": LONG_AGO, **more,
        }
        for n in range(first, first + count)
    ]  # fmt: skip
    insert(hub, outbox, *rows)


def left(hub: Hub) -> list[tuple[datetime | None, datetime | None]]:
    with hub.database.read() as conn:
        query = sa.select(outbox.c.delivered_at, outbox.c.parked_at).order_by(outbox.c.id)
        return [tuple(row) for row in conn.execute(query)]


def test_what_was_delivered_long_ago_is_deleted_and_nothing_else(hub: Hub) -> None:
    put(hub, 1)
    put(hub, 1, parked_at=LONG_AGO, next_try_at=NEVER)
    put(hub, 1200, delivered_at=LONG_AGO)
    put(hub, 1, delivered_at=LATELY)
    put(hub, 3, delivered_at=START, created_at=LATELY)
    assert upkeep.prune_outbox(hub) == 1200
    assert left(hub) == [
        (None, None),
        (None, LONG_AGO),
        (LATELY, None),
        *[(START, None)] * 3,
    ]
    assert upkeep.prune_outbox(hub) == 0
    kept = replace(hub, limits=replace(hub.limits, delivery_days=28))
    assert upkeep.prune_outbox(kept) == 1


def test_looking_for_something_to_prune_ends_at_the_first_young_row(hub: Hub) -> None:
    put(hub, 2, delivered_at=LONG_AGO)
    put(hub, 3000, delivered_at=START, created_at=LATELY)
    grown(hub.database)
    with watching() as statements:
        assert upkeep.prune_outbox(hub) == 2
    assert len(statements.touching("outbox")) == 2
    assert statements.walked(hub.database, "outbox") == []


def profile(hub: Hub, user: str, status: O, expires_at: datetime | None) -> int:
    def unit(conn: sa.Connection) -> int:
        made = conn.execute(people.insert(), {"user_id": user, "created_at": START})
        assert made.inserted_primary_key is not None
        pk = int(made.inserted_primary_key[0])
        conn.execute(
            pseudonyms.insert(), {"person_pk": pk, "vendor": "acme", "pseudonym": f"p-{user}"}
        )
        row = {
            "person_pk": pk, "vendor": "acme", "status": status, "approved_at": LONG_AGO,
            "expires_at": expires_at, "updated_at": LONG_AGO,
        }  # fmt: skip
        conn.execute(onboarding_profiles.insert(), row)
        return pk

    return hub.database.write(unit)


def profiles(hub: Hub) -> dict[int, Any]:
    with hub.database.read() as conn:
        return {row.person_pk: row for row in conn.execute(onboarding_profiles.select())}


def test_profiles_that_ran_out_become_expired(hub: Hub) -> None:
    over = profile(hub, "over", O.VERIFIED, START)
    also = profile(hub, "also", O.OTHER_COURSE_APPROVED, LONG_AGO)
    others = [
        profile(hub, "lasting", O.VERIFIED, START + timedelta(seconds=1)),
        profile(hub, "endless", O.VERIFIED, None),
        profile(hub, "rejected", O.REJECTED, LONG_AGO),
    ]
    before = profiles(hub)
    assert upkeep.expire_onboarding(hub) == 2
    after = profiles(hub)
    assert [after[pk].status for pk in (over, also)] == [O.EXPIRED] * 2
    assert after[over].expires_at == before[over].expires_at
    assert [after[pk] for pk in others] == [before[pk] for pk in others]
    assert upkeep.expire_onboarding(hub) == 0


def test_expiring_asks_an_index(hub: Hub) -> None:
    profile(hub, "over", O.VERIFIED, START)

    def unit(conn: sa.Connection) -> None:
        users = [{"user_id": f"many{n}", "created_at": START} for n in range(3000)]
        conn.execute(people.insert(), users)
        pks = conn.scalars(sa.select(people.c.id)).all()
        rows = [
            {"person_pk": pk, "vendor": "zenith", "status": O.EXPIRED, "updated_at": START}
            for pk in pks
        ]
        conn.execute(onboarding_profiles.insert(), rows)

    hub.database.write(unit)
    grown(hub.database)
    with watching() as statements:
        assert upkeep.expire_onboarding(hub) == 1
    assert statements.walked(hub.database, "onboarding_profiles") == []


@pytest.mark.parametrize("swept", [False, True])
def test_a_repeated_approval_extends_nothing_swept_or_not(
    hub: Hub, clock: FakeClock, swept: bool
) -> None:
    pk = profile(hub, "ada", O.VERIFIED, START)
    description = hub.vendors.get("acme").description
    if swept:
        assert upkeep.expire_onboarding(hub) == 1

    def told(status: O, until: datetime | None = None) -> None:
        hub.database.write(
            lambda conn: apply_onboarding_change(
                conn, "acme", "p-ada", status, until, hub.now(), description
            )
        )

    told(O.VERIFIED)
    assert profiles(hub)[pk].expires_at == START
    upkeep.expire_onboarding(hub)
    assert profiles(hub)[pk].status == O.EXPIRED
    told(O.SUBMITTED)
    told(O.VERIFIED)
    assert profiles(hub)[pk].expires_at == clock.at + description.onboarding_validity
    told(O.EXPIRED)
    clock.move(days=1)
    told(O.VERIFIED)
    assert profiles(hub)[pk].expires_at == clock.at + description.onboarding_validity
