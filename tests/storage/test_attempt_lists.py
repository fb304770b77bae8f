"""The queues of second reviews are read from their indexes."""

from __future__ import annotations

import pytest

from proctor_hub.domain.words import ReviewOwner
from proctor_hub.storage.attempt_lists import second_reviews
from tests.plans import watching
from tests.support import a_hub


@pytest.mark.parametrize(
    ("course_pk", "index"), [(None, "ix_attempts_queue"), (1, "ix_attempts_course_queue")]
)
def test_a_queue_is_read_from_its_index(sqlite_url: str, course_pk: int | None, index: str) -> None:
    with a_hub(sqlite_url) as hub:
        with watching() as statements, hub.database.read() as conn:
            second_reviews(conn, ReviewOwner.SUPPORT, course_pk=course_pk, after=0, count=5)
        (plan,) = statements.plans(hub.database)
        assert f"USING INDEX {index}" in plan
