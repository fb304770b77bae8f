from __future__ import annotations

import json
import random

from benchmarks.bodies import INCIDENTS, SIZE, review
from benchmarks.results import Figure


def test_a_benchmark_review_is_what_issue_2_asks_for() -> None:
    chance = random.Random(3)
    for number in ("@NUMBER@", "17"):
        text = review(chance, number)
        assert len(text.encode()) == SIZE
        body = json.loads(text)
        assert len(body["comments"]) == INCIDENTS
        assert body["comments"][0]["comment"].startswith(number)


def test_a_figure_knows_whether_its_target_was_met() -> None:
    def met(**target: float) -> bool | None:
        return Figure(part="p", name="n", value=10, unit="u", **target).met  # type: ignore[arg-type]

    assert met() is None
    assert met(at_least=10) is met(at_most=10) is True
    assert met(at_least=11) is met(at_most=9) is False
