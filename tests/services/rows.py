"""Rows for tests of services that do not make attempts themselves."""

from __future__ import annotations

import uuid
from typing import Any

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.hub import Hub
from proctor_hub.storage.attempts import insert_attempt
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.people import Person


def add_attempt(
    hub: Hub, exam: Exam, person: Person, *, status: AttemptStatus, number: int = 1, **more: Any
) -> int:
    """Insert an attempt in ``status``; return its id."""
    values = {
        "code": uuid.uuid4().hex,
        "course_pk": exam.course_pk,
        "exam_pk": exam.id,
        "person_pk": person.id,
        "vendor": exam.vendor,
        "exam_type": exam.exam_type,
        "number": number,
        "status": status,
        "created_at": hub.now(),
        "updated_at": hub.now(),
        "exam_name": exam.name,
        "username": person.username,
        "email": person.email,
        **more,
    }
    return hub.database.write(lambda conn: insert_attempt(conn, values))
