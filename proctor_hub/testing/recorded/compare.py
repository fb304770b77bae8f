"""What counts as the same in two recordings: all but moments that lie close together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from proctor_hub.testing.recorded.story import Recording

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
EPOCH = range(1_000_000_000, 4_000_000_000)
"""Whole numbers that are taken for moments."""

_TOLERANCE = timedelta(minutes=2)


def changes(recorded: Recording, again: Recording) -> str | None:
    """The first place where a vendor recorded again differs; None: it speaks as it did."""
    return difference(asdict(recorded), asdict(again))


def moment_of(value: object) -> datetime | None:
    """The moment a text tells, if it is one and nothing else; UTC where it names no zone."""
    if not isinstance(value, str):
        return None
    try:
        if HTTP_DATE.fullmatch(value):
            return parsedate_to_datetime(value)
        if _ISO.fullmatch(value):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


def difference(recorded: Any, seen: Any, where: str = "") -> str | None:
    """The first place where two hidden values mean different things; None: nowhere.

    Moments may differ by two minutes: what went by between two calls is not the same each time.
    """
    if isinstance(recorded, Mapping) and isinstance(seen, Mapping):
        for key in [*recorded, *(key for key in seen if key not in recorded)]:
            at = f"{where}.{key}" if where else str(key)
            if key not in seen:
                return f"{at} is missing"
            if key not in recorded:
                return f"{at} is new"
            found = difference(recorded[key], seen[key], at)
            if found:
                return found
        return None
    if isinstance(recorded, list | tuple) and isinstance(seen, list | tuple):
        if len(recorded) != len(seen):
            return f"{where} has {len(seen)} entries, {len(recorded)} were recorded"
        pairs = enumerate(zip(recorded, seen, strict=True))
        found_at = (difference(one, other, f"{where}[{at}]") for at, (one, other) in pairs)
        return next((found for found in found_at if found), None)
    if _same(recorded, seen):
        return None
    return f"{where or 'it'} is {seen!r}, recorded was {recorded!r}"


def _same(recorded: Any, seen: Any) -> bool:
    if recorded == seen and isinstance(recorded, bool) == isinstance(seen, bool):
        return True
    if isinstance(recorded, int) and isinstance(seen, int) and recorded in EPOCH and seen in EPOCH:
        return abs(recorded - seen) <= _TOLERANCE.total_seconds()
    one, other = moment_of(recorded), moment_of(seen)
    return one is not None and other is not None and abs(one - other) <= _TOLERANCE
