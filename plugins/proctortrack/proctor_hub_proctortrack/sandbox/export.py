"""Export Data of the dashboard: sessions as JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from .model import Attempt
from .world import World

COLUMNS = (
    "attempt_id",
    "exam",
    "user_id",
    "full_name",
    "email",
    "status",
    "registered_at",
    "submitted_at",
    "review_status",
    "reviewed_by",
    "incidents",
)


def row(world: World, attempt: Attempt) -> dict[str, Any]:
    """One session as the export and the lists show it."""
    last = attempt.reviews[-1] if attempt.reviews else None
    submitted = attempt.submitted_at
    return {
        "attempt_id": attempt.id,
        "exam": world.store.exam(attempt.exam_id).name,
        "user_id": attempt.pseudonym,
        "full_name": attempt.full_name,
        "email": attempt.email,
        "status": attempt.status,
        "registered_at": attempt.registered_at.isoformat(),
        "submitted_at": None if submitted is None else submitted.isoformat(),
        "review_status": None if last is None else last.status,
        "reviewed_by": None if last is None else last.reviewed_by,
        "incidents": 0 if last is None else len(last.comments),
    }


def as_json(world: World, attempts: list[Attempt]) -> str:
    """The sessions as a JSON list, each with its reviews."""
    rows = [
        {**row(world, one), "reviews": [review.body() for review in one.reviews]}
        for one in attempts
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def as_csv(world: World, attempts: list[Attempt]) -> str:
    """The sessions as CSV, one line each; cells cannot start a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in attempts:
        cells = row(world, one)
        writer.writerow([_harmless(cells[name]) for name in COLUMNS])
    return out.getvalue()


def _harmless(value: object) -> str:
    """A cell as text; a quote in front of what a spreadsheet would run."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
