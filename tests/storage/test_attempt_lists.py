"""The queues of second reviews are read from their indexes."""

from __future__ import annotations

import pytest

from proctor_hub.domain.words import ReviewOwner
from proctor_hub.storage.second_reviews import queue
from tests.plans import watching
from tests.support import a_hub


@pytest.mark.parametrize(
    ("course_pk", "index"), [(None, "ix_attempts_queue"), (1, "ix_attempts_course_queue")]
)
def test_a_queue_is_read_from_its_index(sqlite_url: str, course_pk: int | None, index: str) -> None:
    with a_hub(sqlite_url) as hub:
        with watching() as statements, hub.database.read() as conn:
            owner = ReviewOwner.SUPPORT
            queue(conn, owner, course_pk=course_pk, vendor="acme", after=0, count=5)
        plan, *_ = statements.plans(hub.database)
        assert f"USING INDEX {index}" in plan
