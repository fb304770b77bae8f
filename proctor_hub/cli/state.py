"""What the options before the command said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class State:
    """One command per process, so one of these."""

    debug: bool = False


state = State()
