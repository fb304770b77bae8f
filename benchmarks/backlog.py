"""Events put into the outbox as a transition puts them, many at once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from proctor_hub.storage.attempts import insert_outbox
from proctor_hub.storage.engine import Database
from proctor_hub.storage.outbox import AT_ONCE

PER_STREAM = 4
"""Events of one learner at one exam: what a usual attempt has between two looks of a relay."""


def payload(number: int) -> dict[str, Any]:
    """What an event tells besides its id and place."""
    return {
        "type": "verified",
        "occurred_at": datetime.now(UTC).isoformat(),
        "course_id": "course-v1:Bench+B101+2026",
        "content_id": f"block-{number % 10:04d}",
        "exam_id": number % 10 + 1,
        "exam_type": "proctored",
        "attempt_code": f"{number:032x}",
        "attempt_number": 1,
        "user_id": f"user-{number}",
        "from_status": "submitted",
        "to_status": "verified",
        "caused_by": {"role": "vendor", "cause": "review"},
        "effects": [],
        "credit": "satisfied",
    }


def put(database: Database, events: int, *, first: int = 0) -> None:
    """Put so many events for the LMS into the outbox in one commit, :data:`PER_STREAM` a stream."""
    now = datetime.now(UTC)
    rows = []
    for number in range(events):
        learner, place = divmod(first + number, PER_STREAM)
        event_id = str(uuid.uuid4())
        rows.append(
            {
                "event_id": event_id,
                "destination": "lms",
                "stream": f"{learner}:1",
                "seq": place + 1,
                "kind": "verified",
                "payload": {"id": event_id, "sequence": place + 1, **payload(learner)},
                "created_at": now,
                "next_try_at": AT_ONCE,
                "trace_id": "bench",
            }
        )
    database.write(lambda conn: insert_outbox(conn, rows))
