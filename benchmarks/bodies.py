"""Review callbacks as vendors send them: 3 KB, ten incidents each."""

from __future__ import annotations

import json
import random

INCIDENTS = 10
SIZE = 3_000
_STATUSES = ("passed",) * 14 + ("violation",) * 4 + ("suspicious",) * 2
_WORDS = ("suspicious", "Rules Violation", "clean", "rules_violation")


def review(chance: random.Random, number: str) -> str:
    """One body of :data:`SIZE` bytes; ``number`` goes into its first comment."""
    comments = []
    for place in range(INCIDENTS):
        start = place * 60 + chance.randrange(30)
        comments.append(
            {
                "comment": f"{number if place == 0 else place}: ",
                "status": chance.choice(_WORDS),
                "start": start,
                "stop": start + 12,
                "duration": 12,
            }
        )
    body = {"status": chance.choice(_STATUSES), "comments": comments}
    missing = SIZE - len(json.dumps(body))
    for place, comment in enumerate(comments):
        size = missing // INCIDENTS + (place < missing % INCIDENTS)
        text = "the learner looks away from the screen and speaks to somebody in the room; " * 5
        comment["comment"] = f"{comment['comment']}{text[:size]}"
    return json.dumps(body)
