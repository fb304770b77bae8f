"""The vendor plugin: the REST provider protocol with Proctortrack's particulars (domain §5, §6)."""

from __future__ import annotations

from collections.abc import Mapping

from proctor_hub import Attempt, Exam, Learner
from proctor_hub.protocols import RestProvider

from . import mapping
from .settings import ProctortrackSettings


class ProctortrackPlugin(RestProvider):
    """Proctortrack (Verificient) as a vendor: one object per configured account."""

    Settings = ProctortrackSettings
    settings: ProctortrackSettings

    vendor_name = mapping.NAME
    token_path = mapping.TOKEN_PATH
    instructor_path = mapping.INSTRUCTOR_PATH
    second_review = mapping.SECOND_REVIEW
    launch_summary = mapping.LAUNCH_SUMMARY
    learner_tool = mapping.LEARNER_TOOL
    needs_escalation_email = True

    def registration_extras(
        self, exam: Exam, learner: Learner, attempt: Attempt
    ) -> Mapping[str, str]:
        """``exam_return_url``, unless the account's settings switch it off."""
        return mapping.return_url_field(attempt) if self.settings.send_return_url else {}
