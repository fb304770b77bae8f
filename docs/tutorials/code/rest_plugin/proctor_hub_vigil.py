"""Vigil, an invented vendor that speaks the REST provider protocol."""

from __future__ import annotations

from typing import ClassVar

from proctor_hub import Attempt, Capability, Exam, Learner, ReviewStatus
from proctor_hub.protocols import RestProvider


class VigilPlugin(RestProvider):
    """What Vigil does differently; everything else is the protocol's."""

    vendor_name = "Vigil"
    token_path = "/o/token"  # noqa: S105 - a path, no secret
    instructor_path = "/staff/{client_id}/"
    capabilities = RestProvider.capabilities - {Capability.LEARNER_RETIREMENT}
    review_words: ClassVar = {**RestProvider.review_words, "clear": ReviewStatus.PASSED}
    second_review = "Suspicious reviews go to the course team."

    def registration_extras(
        self, exam: Exam, learner: Learner, attempt: Attempt
    ) -> dict[str, object]:
        """Vigil wants to know which attempt it is."""
        return {"attempt_number": attempt.number}
