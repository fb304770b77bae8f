"""What differs between vendors that speak the REST provider protocol: attributes, small methods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from proctor_hub.domain.reviews import Classification
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus, ExamType, OnboardingStatus, ReviewStatus, Role
from proctor_hub.hookspecs import hookimpl
from proctor_hub.protocols import _rest_words as words
from proctor_hub.protocols._rest_client import RestClient
from proctor_hub.protocols.rest_settings import RestSettings
from proctor_hub.vendors.host import VendorHost
from proctor_hub.vendors.subjects import (
    Attempt,
    Capability,
    Exam,
    Learner,
    PersonalData,
    RulesKind,
    VendorDescription,
)


class RestVendor:
    """The vendor's particulars; a subclass of ``RestProvider`` overrides what is different."""

    Settings: ClassVar[type[RestSettings]] = RestSettings

    vendor_name: ClassVar[str] = "REST proctoring service"
    token_path: ClassVar[str] = "/oauth2/access_token"  # noqa: S105 - a path, no secret
    instructor_path: ClassVar[str] = words.API + "/instructor/{client_id}/"

    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        Capability.DECISION_NOTICES,
        Capability.HEARTBEAT,
        Capability.POLLING,
    }
    exam_types: ClassVar[frozenset[ExamType]] = frozenset({ExamType.PROCTORED, ExamType.ONBOARDING})
    rules_kind: ClassVar[RulesKind] = RulesKind.BINARY
    personal_data: ClassVar[frozenset[PersonalData]] = frozenset(PersonalData)
    readiness_lifetime: ClassVar[timedelta] = timedelta(minutes=30)
    needs_escalation_email: ClassVar[bool] = False
    second_review: ClassVar[str] = noted(
        "Suspicious reviews go to the course team, which passes or fails."
    )
    launch_summary: ClassVar[str] = noted(
        "The learner downloads the vendor's software by a link and follows its steps."
    )
    learner_tool: ClassVar[str] = ""

    suspicious_means: ClassVar[Classification] = Classification.SECOND_REVIEW_COURSE_TEAM
    """What becomes of a suspicious review of a proctored exam (domain §5)."""
    deciders: ClassVar[frozenset[Role]] = frozenset({Role.COURSE_TEAM})
    """Who passes or fails, decides ``error`` attempts and reverts (domain §5)."""

    review_words: ClassVar[Mapping[str, ReviewStatus]] = words.REVIEW_WORDS
    refusal_words: ClassVar[Mapping[str, AttemptStatus]] = words.REFUSAL_WORDS
    onboarding_words: ClassVar[Mapping[str, OnboardingStatus]] = words.ONBOARDING_WORDS
    exam_flags: ClassVar[Mapping[ExamType, tuple[bool, bool]]] = words.EXAM_FLAGS

    def __init__(self, settings: RestSettings, host: VendorHost) -> None:
        """``settings`` is an instance of :attr:`Settings`. No I/O."""
        self.settings = settings
        self.host = host
        host.allow_url(settings.base_url)
        self.client = RestClient(settings, host, settings.token_path or self.token_path)

    def registration_extras(
        self, exam: Exam, learner: Learner, attempt: Attempt
    ) -> Mapping[str, Any]:
        """Fields this vendor's registration has on top of the protocol's."""
        return {}

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        """The attributes above with the account's settings."""
        settings = self.settings
        return VendorDescription(
            name=self.vendor_name,
            capabilities=self.capabilities,
            exam_types=self.exam_types,
            rules_kind=self.rules_kind,
            personal_data=self.personal_data,
            readiness_lifetime=self.readiness_lifetime,
            onboarding_validity=timedelta(days=settings.onboarding_validity_days),
            has_stop_call=True,
            needs_escalation_email=self.needs_escalation_email,
            second_review=self.second_review,
            launch_summary=self.launch_summary,
            learner_tool=self.learner_tool,
            support_email=settings.support_email,
            support_phone=settings.support_phone,
            support_url=settings.support_url,
            notification_email=settings.notification_email,
        )
