"""What the plugin's tests share: one account as the host builds it, and its values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from proctor_hub import Attempt, AttemptStatus, Exam, ExamType, Learner, Viewer
from proctor_hub.vendors.account import AccountHost
from proctor_hub.vendors.http import BoundedHttpClient, HttpLimits
from proctor_hub_proctortrack.plugin import ProctortrackPlugin

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COURSE = "course-v1:Uni+Exam+2026"
SECRET = "a-secret-of-the-hub-at-the-vendor"
VALUES = {
    "base_url": "https://vendor.example",
    "client_id": "the-hub",
    "client_secret": SECRET,
}
EXAM = Exam(
    id=7,
    course_id=COURSE,
    content_id="block-v1:Uni+Exam+2026+type@sequential+block@final",
    name="Final",
    exam_type=ExamType.PROCTORED,
    time_limit_minutes=90,
    due_at=datetime(2026, 12, 1, tzinfo=UTC),
)
LEARNER = Learner(pseudonym="p-1", full_name="Ann Bee", email="ann@example.com")
ATTEMPT = Attempt(
    code="C0DE",
    number=1,
    status=AttemptStatus.CREATED,
    exam_type=ExamType.PROCTORED,
    allowed_minutes=120,
    return_url="https://hub.example/return/C0DE",
)
PROFESSOR = Viewer(id="v-1", full_name="Prof", email="prof@uni.example", role="course_team")


def account(
    *,
    public_url: str = "https://hub.example",
    limits: HttpLimits | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    **settings: Any,
) -> ProctortrackPlugin:
    """The plugin of one account."""
    host = AccountHost(
        slug="proctortrack",
        public_url=public_url,
        http=BoundedHttpClient(limits=limits),
        keys=(b"k" * 32,),
        clock=clock,
    )
    return ProctortrackPlugin(ProctortrackPlugin.Settings.model_validate(VALUES | settings), host)
