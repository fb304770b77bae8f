"""Incidents on a time axis: where each mark stands, in parts of a drawing 1,000 wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proctor_hub.domain.incidents import RULES_VIOLATION, SUSPICIOUS, Incident

WIDTH = 1000
_ROW = 22
_SMALLEST = 6.0
_TICKS = 5
_TONES = {SUSPICIOUS: "bad", RULES_VIOLATION: "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One incident as drawn; ``number`` is its line in the table."""

    number: int
    x: float
    y: int
    width: float
    tone: str
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """All incidents that have a time, and the ticks under them: place and seconds."""

    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, float], ...]
    height: int


def axis(incidents: Sequence[Incident]) -> Axis | None:
    """The drawing of these incidents; None where no incident has a time.

    Those that overlap are drawn in rows one under the other.
    """
    spans = [
        (number, one, max(one.start, 0.0), _stop(one))
        for number, one in enumerate(incidents, start=1)
        if one.start is not None
    ]
    if not spans:
        return None
    end = max(max(stop for *_, stop in spans), 1.0)
    free: list[float] = []
    marks = []
    for number, one, start, stop in sorted(spans, key=lambda span: (span[2], span[0])):
        x = start / end * WIDTH
        width = max((stop - start) / end * WIDTH, _SMALLEST)
        row = next((at for at, until in enumerate(free) if until <= x), len(free))
        free[row : row + 1] = [x + width + 2]
        marks.append(
            Mark(
                number=number,
                x=round(min(x, WIDTH - _SMALLEST), 1),
                y=row * _ROW,
                width=round(width, 1),
                tone=_TONES.get(one.status, "calm"),
                incident=one,
            )
        )
    ticks = tuple((WIDTH / _TICKS * n, end / _TICKS * n) for n in range(_TICKS + 1))
    return Axis(marks=tuple(marks), ticks=ticks, height=len(free) * _ROW)


def _stop(one: Incident) -> float:
    start = max(one.start or 0.0, 0.0)
    if one.stop is not None:
        return max(one.stop, start)
    return start + max(one.duration or 0.0, 0.0)
