"""Rows read a moment ago are not read again; changed and missing ones are."""

from __future__ import annotations

from datetime import timedelta

from proctor_hub.services.recent import MOMENT, Recent
from tests.support import START


def test_a_row_is_read_once_a_moment_and_again_after_a_change() -> None:
    recent, reads = Recent(), []

    def find() -> str | None:
        reads.append(1)
        return "row"

    for late in (timedelta(0), MOMENT / 2, -MOMENT / 2):
        assert recent.get("key", START + late, find) == "row"
    assert len(reads) == 1
    recent.get("key", START + MOMENT, find)
    recent.forget("key")
    recent.get("key", START + MOMENT, find)
    assert len(reads) == 3


def test_what_is_not_there_is_asked_for_each_time_and_the_memory_is_bounded() -> None:
    recent, reads = Recent(), []

    def nothing() -> str | None:
        reads.append(1)
        return None

    assert [recent.get("key", START, nothing) for _ in range(3)] == [None] * 3
    assert len(reads) == 3
    for number in range(3000):
        recent.get(str(number), START, lambda: "row")
    assert len(recent._seen) <= 1000
