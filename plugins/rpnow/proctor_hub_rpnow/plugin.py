"""The vendor plugin: which hook does what, in a line or two each."""

from __future__ import annotations

from proctor_hub import (
    Acknowledgement,
    Attempt,
    AttemptRef,
    Authentication,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    CallbackRoute,
    Classification,
    DecisionRequest,
    Exam,
    ExamCodePlan,
    ExamType,
    Instructions,
    LaunchPlan,
    Learner,
    Permission,
    PersonalData,
    Registered,
    Registration,
    ReviewFacts,
    RulesKind,
    SessionEntered,
    Unrecognised,
    VendorDescription,
    VendorHost,
    hookimpl,
)

from . import callbacks, instructions, policy
from .client import register
from .mapping import registration_body
from .reviews import parse_review
from .settings import RPNowSettings
from .texts import TEXTS


class RPNowPlugin:
    """RPNow (Software Secure, now PSI) as a vendor: one object per configured account."""

    Settings = RPNowSettings

    def __init__(self, settings: RPNowSettings, host: VendorHost) -> None:
        self._settings = settings
        self._host = host
        host.allow_url(settings.exam_register_endpoint)

    def callback_urls(self) -> dict[str, str]:
        """The addresses an operator gives to the vendor, name → URL; each holds a secret token.

        The start address is not among them: it is made per attempt and sent at registration.
        """
        return {callbacks.REVIEW: callbacks.review_url(self._host)}

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        """See :class:`proctor_hub.hookspecs.VendorSpec`."""
        settings = self._settings
        email = {PersonalData.EMAIL} if settings.send_email else set()
        return VendorDescription(
            name="RPNow",
            # One call, registration, is all the vendor has: no capability beyond the minimum.
            capabilities=frozenset(),
            exam_types=frozenset({ExamType.PROCTORED, ExamType.PRACTICE}),
            rules_kind=RulesKind.FREE_TEXT,
            personal_data=frozenset({PersonalData.FULL_NAME} | email),
            has_stop_call=False,
            # The exam window is the secure browser itself.
            needs_exam_proof=True,
            needs_escalation_email=False,
            second_review=TEXTS.told(
                "Suspicious reviews go to support, which decides or escalates to the course team."
            ),
            launch_summary=instructions.LAUNCH_SUMMARY,
            learner_tool=instructions.LEARNER_TOOL,
            support_email=settings.support_email,
            support_phone=settings.support_phone,
            support_url=settings.support_url,
            notification_email=settings.notification_email,
        )

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        """Register the attempt; its locator is the external id. See ``hookspecs``."""
        now = self._host.now()
        body = registration_body(
            settings=self._settings,
            exam=exam,
            learner=learner,
            attempt=attempt,
            exam_url=callbacks.start_url(self._host, attempt.code),
            now=now,
        )
        return Registered(external_id=register(self._host, self._settings, body, now))

    @hookimpl
    def launch_session(self, exam: Exam, attempt: Attempt, language: str) -> LaunchPlan:
        """The single-use exam code to copy; never the locator, which would let a learner name
        both values of a review. See ``hookspecs``."""
        return ExamCodePlan(
            exam_code=attempt.code,
            download_url=self._settings.software_download_url,
            instructions=instructions.steps(exam, language),
        )

    @hookimpl
    def learner_instructions(self, exam: Exam, language: str) -> Instructions:
        """The same steps, before the launch. See ``hookspecs``."""
        return Instructions(
            steps=instructions.steps(exam, language),
            download_url=self._settings.software_download_url,
        )

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        """Start and review. See ``hookspecs``."""
        return callbacks.ROUTES

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        """By the token in the query, and the source network of reviews. See ``hookspecs``."""
        return callbacks.authenticate(self._host, self._settings, request)

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        """One event per call. See ``hookspecs``."""
        if request.route == callbacks.START:
            code = request.path_params["attempt_code"]
            return (SessionEntered(attempt=AttemptRef(attempt_code=code)),)
        if request.route == callbacks.REVIEW:
            return (parse_review(request.body),)
        return (Unrecognised(reason="this vendor does not use this path"),)

    @hookimpl
    def acknowledge_callback(
        self, request: CallbackRequest, outcome: CallbackOutcome
    ) -> Acknowledgement | None:
        """Browsers get the exam or a page; the vendor gets the default. See ``hookspecs``."""
        if request.route == callbacks.START:
            language = request.headers.get("accept-language", "")
            return callbacks.acknowledge_start(outcome, language)
        return None

    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification:
        """By the table of domain §4 and §5. See ``hookspecs``."""
        return policy.CLASSIFICATIONS[review.status]

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        """By the column RPNow of domain §5. See ``hookspecs``."""
        return policy.authorize(decision)
