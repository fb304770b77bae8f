"""The sound vendor with one flaw each: identity, wire failures, registering, personal data."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, ClassVar

import requests
from pydantic import ConfigDict, model_validator

from proctor_hub import (
    ExamSynced,
    NoticeAnswer,
    OnboardingPage,
    OnboardingProfile,
    OnboardingStatus,
    Registered,
    RetirementReceipt,
    VendorProtocolError,
    VendorRejected,
    VendorSettings,
    VendorUnavailable,
    hookimpl,
)
from tests.testing.flaws import fails
from tests.testing.sound import Sound, SoundSettings


@fails("identity-loads", "no method marked with @hookimpl")
class Unmarked(Sound):
    def report_label(self, status: Any) -> str:
        return "no hook: the mark is missing"


@fails("identity-steady", "describe_vendor answers differently")
class Moody(Sound):
    turns = count()

    @hookimpl
    def describe_vendor(self) -> Any:
        return replace(super().describe_vendor(), support_phone=str(next(self.turns)))


class Indulgent(SoundSettings):
    model_config = ConfigDict(extra="ignore")


@fails("identity-unknown-setting", "in silence")
class TakesAnySetting(Sound):
    Settings = Indulgent


class Terse(SoundSettings):
    @model_validator(mode="before")
    @classmethod
    def complete(cls, table: Any) -> Any:
        if not {"base_url", "api_key", "signing_key"} <= set(table):
            raise ValueError("something is missing")
        return table


@fails("identity-missing-setting", "without the required key 'base_url'")
class NamesNoSetting(Sound):
    Settings = Terse


class Plain(VendorSettings):
    base_url: str
    api_key: str
    signing_key: str


@fails("identity-secrets-typed", "'api_key' is no SecretStr")
class KeepsSecretsAsText(Sound):
    Settings = Plain  # type: ignore[assignment]


@fails("identity-secrets-hidden", "'api_key' is shown in the plugin's repr")
class ShowsItsKey(Sound):
    def __repr__(self) -> str:
        return f"<Sound with {self.settings.api_key.get_secret_value()}>"


@fails("constructing-quiet", "the build of tests.testing.bad:CallsInItsConstructor")
class CallsInItsConstructor(Sound):
    def __init__(self, settings: Any, host: Any) -> None:
        super().__init__(settings, host)
        import contextlib
        import socket

        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), 0.1).close()


class Answering(Sound):
    """Reads the vendor's answers in its own way."""

    def answered(self, reply: Any) -> Any:
        return self.read(reply) if self.minds(reply.status) else super().answered(reply)

    def minds(self, status: int) -> bool:
        raise NotImplementedError

    def read(self, reply: Any) -> Any:
        raise NotImplementedError


@fails("wire-unauthorized", "401, rules_catalog raises VendorRejected")
class TakesKeysForRequests(Answering):
    def minds(self, status: int) -> bool:
        return status in (401, 403)

    def read(self, reply: Any) -> Any:
        raise VendorRejected("refused", status=reply.status)


@fails("wire-rejected", "404, rules_catalog raises VendorUnavailable")
class RetriesRefusals(Answering):
    def minds(self, status: int) -> bool:
        return status in (404, 409)

    def read(self, reply: Any) -> Any:
        raise VendorUnavailable("try again")


@fails("wire-busy", "loses the vendor's Retry-After")
class Impatient(Answering):
    def minds(self, status: int) -> bool:
        return status == 429

    def read(self, reply: Any) -> Any:
        raise VendorUnavailable("busy")


@fails("wire-down", "500, rules_catalog raises VendorRejected")
class GivesUp(Answering):
    def minds(self, status: int) -> bool:
        return status >= 500

    def read(self, reply: Any) -> Any:
        raise VendorRejected("out of order", status=reply.status)


@fails("wire-redirect", "a redirect, rules_catalog raises")
class Follows(Answering):
    def minds(self, status: int) -> bool:
        return status == 302

    def read(self, reply: Any) -> Any:
        return self.answered(self.host.http.request("GET", reply.headers["Location"]))


@fails("wire-errors-discreet", "what is logged or printed on 401 holds")
class Talks(Sound):
    """Logs what it was answered, as a debugging line that was forgotten does."""

    def answered(self, reply: Any) -> Any:
        logging.getLogger("sound").warning("answer: %s", reply.text)
        return super().answered(reply)


@fails("wire-errors-discreet", "what is logged or printed on 401 holds api_key")
class Prints(Sound):
    """Prints its key."""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        print(self.settings.api_key.get_secret_value())
        return super().call(method, path, body)


@fails("wire-errors-discreet", "rules_catalog's error on 404 holds api_key")
class Repeats(Answering):
    def minds(self, status: int) -> bool:
        return status == 404

    def read(self, reply: Any) -> Any:
        raise VendorRejected(f"the vendor says: {reply.text}", status=404)


@fails("wire-garbage", "answers 200 b'<html>Welcome</html>', rules_catalog takes it for success")
class ReadsAnything(Sound):
    def answered(self, reply: Any) -> Any:
        try:
            return super().answered(reply)
        except VendorProtocolError:
            return {"labels": {}, "until": 0, "id": reply.text[:20]}


@fails("wire-no-id", "register_attempt takes it for success")
class InventsIds(Sound):
    def known_id(self, answer: Any) -> str:
        return answer.get("id") or "unknown"


@fails("wire-exam-no-id", "sync_exam takes it for success")
class ForgetsExams(Sound):
    @hookimpl
    def sync_exam(self, exam: Any) -> Any:
        body = {"id": exam.external_id}
        return ExamSynced(external_id=self.call("POST", "/exams", body).get("id"))


@fails("wire-time-out", "answers nothing, rules_catalog takes it for success")
@fails("wire-reset", "answers half and breaks off, rules_catalog takes it for success")
@fails("wire-huge", "answers far too much, rules_catalog takes it for success")
class Shrugs(Sound):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super().call(method, path, body)
        except (VendorUnavailable, VendorProtocolError):
            return {"labels": {}, "until": 0, "id": "some"}


@fails("wire-own-client", "only 0 of them with host.http")
@fails("hostile-stalled", "waits longer")
class HasItsOwnClient(Sound):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        url = self.settings.base_url + path
        reply = requests.request(method, url, json=body, timeout=30)
        if reply.status_code != 200:
            raise VendorUnavailable("not well")
        return reply.json()


@fails("wire-made", "the capability onboarding is declared, and onboarding_status makes no request")
class KnowsWithoutAsking(Sound):
    @hookimpl
    def onboarding_status(self, query: Any) -> Any:
        verified = OnboardingProfile(
            pseudonym=query.pseudonym or "", status=OnboardingStatus.VERIFIED
        )
        return OnboardingPage(profiles=(verified,))


@fails("wire-made", "register_attempt makes no request")
class RegistersNobody(Sound):
    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        return Registered(external_id=secrets.token_hex(8))


@fails("wire-no-calls", "neither sandbox nor recordings")
class CallsAllTheSame(Sound):
    """Sound, where its author says that it calls nobody."""


@fails("lifecycle-played", "only a sandbox can show this")
class Unplayed(Sound):
    """Sound, where its author gives recordings and plays no vendor."""


@fails("registering-again", "known already")
class OnceOnly(Sound):
    seen: ClassVar[set[str]] = set()

    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        if attempt.code in self.seen:
            raise VendorRejected("known already", status=409)
        self.seen.add(attempt.code)
        return super().register_attempt(exam, learner, attempt)


@fails("registering-apart", "under one id")
class OneForAll(Sound):
    @hookimpl
    def register_attempt(self) -> Any:
        return Registered(external_id="the-session")


@fails("registering-removed-again", "404")
class RemovesOnce(Sound):
    @hookimpl
    def session_removed(self, attempt: Any) -> Any:
        self.call("DELETE", f"/sessions/{attempt.external_id}")
        return NoticeAnswer()


@fails("registering-exam-again", "another id")
class NewExamEachTime(Sound):
    @hookimpl
    def sync_exam(self, exam: Any) -> Any:
        return super().sync_exam(replace(exam, external_id=None))


@fails("personal-data-declared", "sends the email, which is not declared, in its body")
class SendsAddresses(Sound):
    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        self.call("PATCH", "/sessions/new", {"mail": learner.email})
        return super().register_attempt(exam, learner, attempt)


@fails("personal-data-not-in-urls", "has the full_name in its address")
class NamesInAddresses(Sound):
    @hookimpl
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        self.call("GET", f"/learners?name={learner.full_name.replace(' ', '+')}")
        return super().register_attempt(exam, learner, attempt)


@fails("personal-data-erased", "ask us by letter")
class KeepsLearners(Sound):
    @hookimpl
    def retire_learner(self, pseudonym: str) -> Any:
        return RetirementReceipt(confirmed=False, detail="ask us by letter")


@fails("times-aware", "not in UTC")
class NaiveTimes(Sound):
    @hookimpl
    def onboarding_status(self, query: Any) -> Any:
        (profile,) = super().onboarding_status(query).profiles
        naive = replace(profile, expires_at=datetime(2030, 1, 1))
        return OnboardingPage(profiles=(naive,))
