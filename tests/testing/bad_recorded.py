"""A plugin that says something else than what was recorded."""

from __future__ import annotations

from typing import Any

from proctor_hub import hookimpl
from tests.testing.flaws import fails
from tests.testing.sound import Sound


@fails("recordings-replayed", "onboarding, step 1, sync_exam")
class AsksTwice(Sound):
    """Makes a request more than its recordings have."""

    @hookimpl
    def sync_exam(self, exam: Any) -> Any:
        super().sync_exam(exam)
        return super().sync_exam(exam)
