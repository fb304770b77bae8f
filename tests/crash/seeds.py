"""The seed of the crash tests: printed at the beginning, settable, the same for all of a run."""

from __future__ import annotations

import os
import random

VARIABLE = "CRASH_SEED"


def seed() -> int:
    """The number that everything random in these tests follows from."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = str(random.SystemRandom().randrange(10**6))
    return int(os.environ[VARIABLE])


def told() -> str:
    """How to run the same again."""
    return f"crash tests: repeat with {VARIABLE}={seed()}"
