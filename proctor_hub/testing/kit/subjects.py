"""The learner, exam and attempt the hooks are asked about: every personal word is unmistakable."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.testing.calls import Subject
from proctor_hub.vendors.subjects import Attempt, Exam, Learner, PersonalData, Viewer

COURSE = "course-v1:Conformance+Kit+2026"
FIRST, LAST = "Zubayriqua", "Quaxolendry"
EMAIL = "wrenfaxil@conformance.example"
MARKERS = {
    PersonalData.FULL_NAME: (FIRST, LAST),
    PersonalData.EMAIL: ("wrenfaxil",),
}
"""Declared kind of personal data → the words that give it away, wherever they stand."""

VIEWER = Viewer(
    id="viewer-8260", full_name="Ina Viewer", email="viewer@conformance.example", role="course_team"
)


def a_subject(exam_type: ExamType, return_url: str = "") -> Subject:
    """A new learner in a new attempt; the attempt code is unguessable, as the host's are."""
    return Subject(
        exam=Exam(
            id=secrets.randbelow(1_000_000) + 1,
            course_id=COURSE,
            content_id=f"block-v1:Conformance+Kit+2026+type@sequential+block@{secrets.token_hex(4)}",
            name="Final of the kit",
            exam_type=exam_type,
            time_limit_minutes=60,
            due_at=datetime.now(UTC) + timedelta(days=30),
            custom_rules="A pencil is allowed.",
        ),
        learner=Learner(
            pseudonym=f"p-{secrets.token_hex(8)}", full_name=f"{FIRST} {LAST}", email=EMAIL
        ),
        attempt=Attempt(
            code=secrets.token_hex(16).upper(),
            number=1,
            status=AttemptStatus.CREATED,
            exam_type=exam_type,
            allowed_minutes=60,
            policy_exception="May take a break.",
            return_url=return_url or "http://127.0.0.1:9/return",
        ),
    )
