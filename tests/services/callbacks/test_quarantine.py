"""The quarantine is listed along its index, however much else was kept."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage import tables as t
from tests.plans import plan
from tests.services.attempts.world import World


def test_listing_the_quarantine_walks_no_table(world: World) -> None:
    query = sa.select(t.callbacks.c.id).where(sa.text("quarantined"), t.callbacks.c.id < 9)
    with world.hub.database.snapshot() as conn:
        found = plan(conn, query.order_by(t.callbacks.c.id.desc()).limit(5), {})
    assert "ix_callbacks_quarantine" in found
