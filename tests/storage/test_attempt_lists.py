"""The queues of second reviews are read from their indexes."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ReviewOwner
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.storage.migrations.versions import (
    r0008_queues_by_the_time_of_waiting as migration,
)
from proctor_hub.storage.records import NOT_QUEUED
from proctor_hub.storage.second_reviews import BEGINNING, queue
from proctor_hub.storage.tables import attempts
from tests.plans import watching
from tests.services.attempts.world import a_world
from tests.support import a_hub


@pytest.mark.parametrize(
    ("course_pk", "index"), [(None, "ix_attempts_waiting"), (1, "ix_attempts_course_waiting")]
)
def test_a_queue_is_read_from_its_index(sqlite_url: str, course_pk: int | None, index: str) -> None:
    with a_hub(sqlite_url) as hub:
        with watching() as statements, hub.database.read() as conn:
            owner = ReviewOwner.SUPPORT
            queue(conn, owner, course_pk=course_pk, vendor="acme", after=BEGINNING, count=5)
        plan, *_ = statements.plans(hub.database)
        assert f"USING INDEX {index}" in plan


def test_what_waited_before_the_queues_had_an_order_of_their_own_is_told_since_when(
    database_url: str,
) -> None:
    support = {"acme": {"second_review_owner": "support"}}
    with a_world(database_url, vendors=support) as world:
        for user in ("ann", "bob"):
            record = world.attempt(AttemptStatus.SECOND_REVIEW_REQUIRED, user_id=user)
            world.clock.move(minutes=1)
        decide(world.hub, world.sue, record.code, DecisionWord.ESCALATE, reason="unclear")
        done = world.attempt(AttemptStatus.VERIFIED, user_id="cem")

        def since() -> dict[int, datetime]:
            return {row.id: row.queued_at for row in world.rows(attempts)}

        before = since()
        assert len(set(before.values())) == 3
        assert before[done.id] == NOT_QUEUED
        unknown = attempts.update().values(queued_at=NOT_QUEUED)
        world.hub.database.write(lambda conn: conn.execute(unknown))
        world.hub.database.write(lambda conn: conn.execute(sa.text(migration._SINCE)))
        assert since() == before
