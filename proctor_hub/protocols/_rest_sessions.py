"""Hooks of the REST provider protocol that call the vendor: exams, sessions, onboarding, health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proctor_hub.domain.words import ExamType
from proctor_hub.errors import VendorError, VendorProtocolError, VendorRejected
from proctor_hub.hookspecs import hookimpl
from proctor_hub.protocols import _rest_answers as answers
from proctor_hub.protocols._rest_bodies import exam_body, registration_body
from proctor_hub.protocols._rest_client import language_header
from proctor_hub.protocols._rest_vendor import RestVendor
from proctor_hub.vendors.deciding import RetirementReceipt
from proctor_hub.vendors.host import HttpReply
from proctor_hub.vendors.launching import (
    DownloadPlan,
    ExamSynced,
    Health,
    NoticeAnswer,
    OnboardingPage,
    OnboardingQuery,
    OnboardingRefused,
    Registered,
    Registration,
    RulesCatalog,
)
from proctor_hub.vendors.rendering import Instructions
from proctor_hub.vendors.subjects import Attempt, Exam, Learner


class SessionHooks(RestVendor):
    """Launching sessions, and erasing a learner."""

    def vendor_config(self, language: str) -> Mapping[str, Any]:
        """``GET config/`` in a language: rules, name, download_url, instructions."""
        reply = self.client.call("GET", "config", headers=language_header(language))
        return answers.read_object(reply, "config")

    @hookimpl
    def rules_catalog(self, language: str) -> RulesCatalog:
        """The binary rules, labelled by the vendor: some are permissions, some prohibitions."""
        return answers.read_rules(self.vendor_config(language))

    @hookimpl
    def sync_exam(self, exam: Exam) -> ExamSynced:
        """Create the exam, or update it by its external id; an update may answer a new id."""
        if exam.exam_type is ExamType.TIMED:
            return ExamSynced(external_id=None)
        backend = self.settings.backend_name or self.host.slug
        body = exam_body(exam, self.exam_flags[exam.exam_type], backend)
        known = (exam.external_id,) if exam.external_id else ()
        reply = self.client.call("POST", "exam", *known, json=body)
        data = answers.read_object(reply, "exam")
        return ExamSynced(external_id=answers.read_id(data, "exam"))

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        """Open a session; the host has synced the exam before."""
        body = registration_body(exam, learner, attempt, self.host.public_url)
        body |= self.registration_extras(exam, learner, attempt)
        exam_id = _known(exam.external_id, "exam")
        reply = self.client.call("POST", "exam", exam_id, "attempt", json=body)
        data = answers.read_object(reply, "register")
        status = data.get("status")
        refusal = self.refusal_words.get(status) if isinstance(status, str) else None
        if refusal is not None:
            return OnboardingRefused(status=refusal)
        return Registered(external_id=answers.read_id(data, "register"))

    @hookimpl
    def learner_instructions(self, exam: Exam, attempt: Attempt, language: str) -> Instructions:
        """What the vendor says about this attempt; what is missing there, its configuration's."""
        reply = self._session("GET", exam, attempt, headers=language_header(language))
        own = answers.read_instructions(answers.read_object(reply, "attempt"), "attempt")
        if own.steps and own.download_url:
            return own
        general = answers.read_instructions(self.vendor_config(language), "config")
        return Instructions(
            steps=own.steps or general.steps,
            download_url=own.download_url or general.download_url,
        )

    @hookimpl
    def launch_session(self, exam: Exam, attempt: Attempt, language: str) -> DownloadPlan:
        """Download link and instructions; the vendor's tool says when the session is ready."""
        told = self.learner_instructions(exam, attempt, language)
        if not told.download_url:
            raise VendorProtocolError("attempt: the vendor names no download_url")
        return DownloadPlan(download_url=told.download_url, instructions=told.steps)

    @hookimpl
    def session_started(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """``PATCH`` to ``started``."""
        return self._notice(exam, attempt, "started")

    @hookimpl
    def session_stopped(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """``PATCH`` to ``submitted``."""
        return self._notice(exam, attempt, "submitted")

    @hookimpl
    def session_errored(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """``PATCH`` to ``error``."""
        return self._notice(exam, attempt, "error")

    @hookimpl
    def session_removed(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """``DELETE`` the session; one that is gone already counts as deleted (at least once)."""
        try:
            reply = self._session("DELETE", exam, attempt)
        except VendorRejected as error:
            if error.status in (404, 410):
                return NoticeAnswer(detail="the vendor has no such session (any more)")
            raise
        if answers.read_status(answers.read_object(reply, "remove"), "remove") != "deleted":
            raise VendorProtocolError("remove: the vendor did not say that it deleted the session")
        return NoticeAnswer(detail="deleted")

    @hookimpl
    def onboarding_status(self, query: OnboardingQuery) -> OnboardingPage:
        """One learner's profile, or a page of a course's; the cursor is a page number."""
        if query.pseudonym is not None:
            data = self._profiles(query.course_id, {"user_id": query.pseudonym})
            profile = answers.read_profile(data, self.onboarding_words, query.pseudonym)
            wanted = query.status in (None, profile.status)
            return OnboardingPage(profiles=(profile,) if wanted else ())
        page = _page_number(query.cursor)
        params = {"page": str(page), "page_size": str(query.page_size)}
        if query.status is not None:
            word = next((w for w, s in self.onboarding_words.items() if s is query.status), None)
            if word is None:
                return OnboardingPage(profiles=())  # a status this vendor does not know
            params = {"status": word, **params}
        return answers.read_page(
            self._profiles(query.course_id, params), self.onboarding_words, page
        )

    @hookimpl
    def retire_learner(self, pseudonym: str) -> RetirementReceipt:
        """Erase the learner; the vendor answers ``true``, or ``false`` where it did not."""
        answer = self.client.call("DELETE", "user", pseudonym).json()
        if not isinstance(answer, bool):
            raise VendorProtocolError("user: the answer is neither true nor false")
        detail = "" if answer else "the vendor answered that it erased nothing"
        return RetirementReceipt(confirmed=answer, detail=detail)

    @hookimpl
    def health_check(self) -> Health:
        """Whether the configuration can be fetched with our credentials."""
        try:
            self.vendor_config("en")
        except VendorError as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True)

    def _session(self, method: str, exam: Exam, attempt: Attempt, **options: Any) -> HttpReply:
        exam_id = _known(exam.external_id, "exam")
        attempt_id = _known(attempt.external_id, "attempt")
        return self.client.call(method, "exam", exam_id, "attempt", attempt_id, **options)

    def _notice(self, exam: Exam, attempt: Attempt, status: str) -> NoticeAnswer:
        reply = self._session("PATCH", exam, attempt, json={"status": status})
        data = answers.read_object(reply, status)
        return NoticeAnswer(detail=answers.read_status(data, status))

    def _profiles(self, course_id: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        reply = self.client.call(
            "GET", "courses", course_id, "onboarding_statuses", params=params, slash=False
        )
        return answers.read_object(reply, "onboarding")


def _known(external_id: str | None, what: str) -> str:
    """The vendor's id of an exam or attempt, which a call about it needs."""
    if external_id is None:
        raise VendorProtocolError(f"the vendor does not know this {what} yet")
    return external_id


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 9) or int(cursor) < 1:
        raise VendorRejected("onboarding: the cursor is no page number", status=400)
    return int(cursor)
