"""The invented course, exam and learner of recordings, and each hook called about them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.errors import ConfigurationError, PluginError, VendorError, VendorRejected
from proctor_hub.testing.calls import CALLS, Subject
from proctor_hub.testing.recorded.names import Names
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import (
    ExamSynced,
    OnboardingRefused,
    Registered,
)
from proctor_hub.vendors.subjects import Attempt, Exam, Learner, PersonalData

COURSE = "course-v1:Recording+Session+1"
FIRST, LAST = "Quillandra", "Ostervexil"
EMAIL = "quillandra.ostervexil@recording.example"


class Stage:
    """One vendor with an exam and a learner whom nobody knows; what the vendor says is kept.

    :ivar refused: the vendor wants onboarding first.
    """

    def __init__(
        self, vendor: Vendor, names: Names, *, exam_type: ExamType, public_url: str, now: datetime
    ) -> None:
        """``names`` learns all that is invented here."""
        self.vendor = vendor
        self.names = names
        self.refused = False
        needed = vendor.description.personal_data
        self.learner = Learner(
            pseudonym=f"p-{secrets.token_hex(8)}",
            full_name=f"{FIRST} {LAST}" if PersonalData.FULL_NAME in needed else "",
            email=EMAIL if PersonalData.EMAIL in needed else "",
        )
        self.exam = Exam(
            id=1,
            course_id=COURSE,
            content_id=f"block-v1:Recording+Session+1+type@sequential+block@{exam_type}",
            name="Recorded exam",
            exam_type=exam_type,
            time_limit_minutes=60,
            due_at=(now + timedelta(days=30)).astimezone(UTC),
            custom_rules="A pencil is allowed.",
        )
        self.attempts: dict[int, Attempt] = {}
        self._return_url = f"{public_url}/return"
        for name, value in (
            ("learner.full_name", f"{FIRST} {LAST}"),
            ("learner.first_name", FIRST),
            ("learner.last_name", LAST),
            ("learner.email", EMAIL),
            ("learner.pseudonym", self.learner.pseudonym),
        ):
            names.learn(name, value)

    def attempt(self, number: int) -> Attempt:
        """The attempt with this number, made at need."""
        if number not in self.attempts:
            code = secrets.token_hex(16).upper()
            self.names.learn(f"attempt.{number}.code", code)
            self.attempts[number] = Attempt(
                code=code,
                number=number,
                status=AttemptStatus.CREATED,
                exam_type=self.exam.exam_type,
                allowed_minutes=60,
                return_url=self._return_url,
            )
        return self.attempts[number]

    def values(self, number: int) -> Mapping[str, str]:
        """What somebody who acts at the vendor is told."""
        attempt = self.attempt(number)
        return {
            "attempt_code": attempt.code,
            "external_id": attempt.external_id or "",
            "pseudonym": self.learner.pseudonym,
            "course_id": COURSE,
        }

    def call(self, hook: str, number: int) -> Mapping[str, Any]:
        """Call a hook about an attempt; what it came to, its secrets not hidden yet.

        :raises ConfigurationError: recordings know no such call.
        """
        if hook not in CALLS:
            raise ConfigurationError(f"a recording cannot call {hook!r}; record it again")
        try:
            answer = CALLS[hook](self.vendor, self._subject(number))
        except VendorRejected as error:
            return {"error": type(error).__name__, "status": error.status}
        except (VendorError, PluginError, ConfigurationError) as error:
            return {"error": type(error).__name__}
        self._keep(answer, number)
        came_to: Mapping[str, Any] = plain(answer)
        return came_to

    def _subject(self, number: int) -> Subject:
        return Subject(exam=self.exam, learner=self.learner, attempt=self.attempt(number))

    def _keep(self, answer: object, number: int) -> None:
        if isinstance(answer, OnboardingRefused | Registered):
            self.refused = isinstance(answer, OnboardingRefused)
        if isinstance(answer, ExamSynced) and answer.external_id is not None:
            self.names.learn("exam.external_id", answer.external_id)
            self.exam = replace(self.exam, external_id=answer.external_id)
        if isinstance(answer, Registered):
            self.names.learn(f"attempt.{number}.external_id", answer.external_id)
            changed = replace(self.attempt(number), external_id=answer.external_id)
            self.attempts[number] = changed


def plain(value: object) -> Any:
    """A hook's answer as JSON; dataclasses with the name of their class."""
    if is_dataclass(value) and not isinstance(value, type):
        own = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        return {type(value).__name__: own}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(one) for one in value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
