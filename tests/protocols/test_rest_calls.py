"""Each call of the REST provider protocol: method, URL, headers, body, answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import responses
from responses import matchers

from proctor_hub import (
    AttemptStatus,
    DownloadPlan,
    ExamSynced,
    ExamType,
    Health,
    Instructions,
    NoticeAnswer,
    OnboardingPage,
    OnboardingProfile,
    OnboardingQuery,
    OnboardingRefused,
    OnboardingStatus,
    Registered,
    RetirementReceipt,
    RulesCatalog,
)
from proctor_hub.protocols import RestProvider
from tests.protocols.rest_support import API, ATTEMPT, COURSE, EXAM, LEARNER, account, grant, sent

ONE = f"{API}/exam/e-1/attempt/a-1/"
STATUSES = f"{API}/courses/{COURSE}/onboarding_statuses"
CONFIG: dict[str, Any] = {
    "rules": {"allow_books": "Allow books", "no_paste": "Prohibit pasting"},
    "name": "Acme",
    "download_url": "https://vendor.example/general",
    "instructions": ["Be on time"],
}


@pytest.fixture(autouse=True)
def token(wire: responses.RequestsMock) -> None:
    grant()


def last_call() -> responses.Call:
    call = responses.calls[-1]
    assert isinstance(call, responses.Call)
    assert call.request.headers["Authorization"] == "JWT tok"
    return call


def test_rules_are_fetched_in_the_language(rest: RestProvider) -> None:
    responses.get(f"{API}/config/", json=CONFIG)
    catalog = rest.rules_catalog(language="de-CH")
    assert catalog == RulesCatalog(labels=CONFIG["rules"])
    assert last_call().request.headers["Accept-Language"] == "de-CH"


@pytest.mark.parametrize("language", ["", "de\r\nX-Evil: 1", "en;q=1"])
def test_what_is_no_language_tag_asks_for_english(rest: RestProvider, language: str) -> None:
    responses.get(f"{API}/config/", json=CONFIG)
    rest.rules_catalog(language=language)
    assert last_call().request.headers["Accept-Language"] == "en"


def test_exam_is_created_with_exactly_the_wire_fields(rest: RestProvider) -> None:
    responses.post(f"{API}/exam/", json={"id": "e-9"})
    due = datetime(2026, 12, 1, 1, 30, tzinfo=timezone(timedelta(hours=1)))
    exam = replace(EXAM, external_id=None, due_at=due, hide_after_due=True)
    assert rest.sync_exam(exam=exam) == ExamSynced(external_id="e-9")
    assert last_call().request.headers["Content-Type"] == "application/json"
    assert sent() == {
        "id": 7,
        "course_id": COURSE,
        "content_id": EXAM.content_id,
        "external_id": None,
        "exam_name": "Final",
        "time_limit_mins": 90,
        "is_proctored": True,
        "is_practice_exam": False,
        "is_active": True,
        "due_date": "2026-12-01T00:30:00Z",
        "hide_after_due": True,
        "backend": "acme",
    }


def test_exam_update_goes_to_its_id_once_and_keeps_the_new_one(rest: RestProvider) -> None:
    responses.post(f"{API}/exam/e-1/", json={"id": "e-2"})
    exam = replace(EXAM, rules={"allow_books": False}, custom_rules="No books", is_active=False)
    assert rest.sync_exam(exam=exam) == ExamSynced(external_id="e-2")
    assert len(responses.calls) == 2  # the token, the update
    body = sent()
    assert body["external_id"] == "e-1"
    assert body["due_date"] is None
    assert body["is_active"] is False
    assert body["rules"] == {"allow_books": False}
    assert body["rule_summary"] == "No books"


def test_onboarding_exam_has_both_flags_and_the_backend_name_is_a_setting(
    wire: responses.RequestsMock,
) -> None:
    responses.post(f"{API}/exam/e-1/", json={"id": 41})
    plugin = account(backend_name="acme-live")
    exam = replace(EXAM, exam_type=ExamType.ONBOARDING)
    assert plugin.sync_exam(exam=exam) == ExamSynced(external_id="41")
    body = sent()
    assert (body["is_proctored"], body["is_practice_exam"]) == (True, True)
    assert body["backend"] == "acme-live"


def test_timed_exam_is_never_sent(rest: RestProvider) -> None:
    exam = replace(EXAM, exam_type=ExamType.TIMED, external_id=None)
    assert rest.sync_exam(exam=exam) == ExamSynced(external_id=None)
    assert len(responses.calls) == 0


def test_registration_has_exactly_the_wire_fields(rest: RestProvider) -> None:
    responses.post(f"{API}/exam/e-1/attempt/", json={"id": "a-1", "status": "created"})
    answer = rest.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert answer == Registered(external_id="a-1")
    assert last_call().request.method == "POST"
    assert sent() == {
        "status": "created",
        "lms_host": "https://hub.example",
        "time_limit_mins": 120,
        "is_sample_attempt": False,
        "user_id": "p-1",
        "full_name": "Ann Bee",
        "email": "ann@example.com",
    }


def test_registration_carries_policy_exception_and_sample_flag(rest: RestProvider) -> None:
    responses.post(f"{API}/exam/e-1/attempt/", json={"id": "a-1"})
    exam = replace(EXAM, custom_rules="Open notes", exam_type=ExamType.ONBOARDING)
    attempt = replace(
        ATTEMPT, policy_exception="helper allowed", exam_type=ExamType.ONBOARDING, return_url="x"
    )
    rest.register_attempt(exam=exam, learner=LEARNER, attempt=attempt)
    body = sent()
    assert body["is_sample_attempt"] is True
    assert body["review_policy"] == "Open notes"
    assert body["review_policy_exception"] == "helper allowed"
    assert "exam_return_url" not in body


@pytest.mark.parametrize(
    "word", ["onboarding_missing", "onboarding_pending", "onboarding_failed", "onboarding_expired"]
)
def test_registration_refused_until_onboarding(rest: RestProvider, word: str) -> None:
    responses.post(f"{API}/exam/e-1/attempt/", json={"status": word})
    answer = rest.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert answer == OnboardingRefused(status=AttemptStatus(word))


@pytest.mark.parametrize(
    ("hook", "word"),
    [
        ("session_started", "started"),
        ("session_stopped", "submitted"),
        ("session_errored", "error"),
    ],
)
def test_notices_patch_the_session(rest: RestProvider, hook: str, word: str) -> None:
    responses.patch(ONE, json={"status": word})
    answer = getattr(rest, hook)(exam=EXAM, attempt=ATTEMPT)
    assert answer == NoticeAnswer(needed=True, detail=word)
    assert last_call().request.method == "PATCH"
    assert sent() == {"status": word}


def test_session_is_removed(rest: RestProvider) -> None:
    responses.delete(ONE, json={"status": "deleted"})
    assert rest.session_removed(exam=EXAM, attempt=ATTEMPT).detail == "deleted"
    assert last_call().request.body is None


@pytest.mark.parametrize("status", [404, 410])
def test_removing_again_is_no_error(rest: RestProvider, status: int) -> None:
    responses.delete(ONE, status=status, body="<h1>gone</h1>")
    assert rest.session_removed(exam=EXAM, attempt=ATTEMPT).needed


def test_instructions_and_launch_come_from_the_session(rest: RestProvider) -> None:
    own = {
        "status": "created",
        "instructions": ["One", "Two"],
        "download_url": "https://v.example/d",
    }
    responses.get(ONE, json=own)
    told = rest.learner_instructions(exam=EXAM, attempt=ATTEMPT, language="fr")
    assert told == Instructions(steps=("One", "Two"), download_url="https://v.example/d")
    assert last_call().request.headers["Accept-Language"] == "fr"
    plan = rest.launch_session(exam=EXAM, attempt=ATTEMPT, language="fr")
    assert plan == DownloadPlan(download_url="https://v.example/d", instructions=("One", "Two"))


def test_what_the_session_does_not_say_the_configuration_does(rest: RestProvider) -> None:
    responses.get(ONE, json={"status": "created", "instructions": ["One"]})
    responses.get(f"{API}/config/", json=CONFIG)
    plan = rest.launch_session(exam=EXAM, attempt=ATTEMPT, language="en")
    assert plan.download_url == "https://vendor.example/general"
    assert plan.instructions == ("One",)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("no-profile", OnboardingStatus.NOT_STARTED),
        ("approved-in-course", OnboardingStatus.VERIFIED),
        ("approved-in-different-course", OnboardingStatus.OTHER_COURSE_APPROVED),
        ("rejected", OnboardingStatus.REJECTED),
        ("expired", OnboardingStatus.EXPIRED),
        ("pending", OnboardingStatus.SUBMITTED),
    ],
)
def test_one_learners_onboarding(rest: RestProvider, word: str, status: OnboardingStatus) -> None:
    answer = {"user_id": "p-1", "status": word, "expiration_date": "2027-11-22T13:00:00+01:00"}
    responses.get(STATUSES, json=answer, match=[matchers.query_param_matcher({"user_id": "p-1"})])
    page = rest.onboarding_status(query=OnboardingQuery(course_id=COURSE, pseudonym="p-1"))
    until = datetime(2027, 11, 22, 12, 0, tzinfo=UTC)
    profile = OnboardingProfile(pseudonym="p-1", status=status, expires_at=until)
    assert page == OnboardingPage(profiles=(profile,))
    # The course id stands in the path as the deployed systems write it.
    assert (last_call().request.url or "").startswith(f"{STATUSES}?")


def test_a_courses_onboarding_page_by_page(rest: RestProvider) -> None:
    def answer(page: int, user: str, following: str | None) -> None:
        profile = {"user_id": user, "status": "pending", "expiration_date": None}
        params = {"status": "pending", "page": str(page), "page_size": "1"}
        responses.get(
            STATUSES,
            json={"results": [profile], "count": 2, "num_pages": 2, "next": following},
            match=[matchers.query_param_matcher(params)],
        )

    # An address the vendor names is never called; it only says that there is more.
    answer(1, "p-1", "http://169.254.169.254/")
    answer(2, "p-2", None)
    query = OnboardingQuery(course_id=COURSE, status=OnboardingStatus.SUBMITTED, page_size=1)
    first = rest.onboarding_status(query=query)
    assert [p.pseudonym for p in first.profiles] == ["p-1"]
    assert first.profiles[0].expires_at is None
    second = rest.onboarding_status(query=replace(query, cursor=first.next_cursor))
    assert [p.pseudonym for p in second.profiles] == ["p-2"]
    assert second.next_cursor is None


def test_empty_page_ends_the_paging_whatever_it_says(rest: RestProvider) -> None:
    responses.get(STATUSES, json={"results": [], "count": 9, "num_pages": 9, "next": "more"})
    assert rest.onboarding_status(query=OnboardingQuery(course_id=COURSE)) == OnboardingPage(
        profiles=()
    )


def test_status_the_vendor_does_not_know_needs_no_call(rest: RestProvider) -> None:
    query = OnboardingQuery(course_id=COURSE, status=OnboardingStatus.SETUP_STARTED)
    assert rest.onboarding_status(query=query).profiles == ()
    assert len(responses.calls) == 0


@pytest.mark.parametrize("answer", [True, False])
def test_retirement(rest: RestProvider, answer: bool) -> None:
    responses.delete(f"{API}/user/p-1/", json=answer)
    receipt = rest.retire_learner(pseudonym="p-1")
    assert isinstance(receipt, RetirementReceipt)
    assert receipt.confirmed is answer


def test_health(rest: RestProvider) -> None:
    responses.get(f"{API}/config/", json=CONFIG)
    assert rest.health_check() == Health(ok=True)


def test_opaque_ids_are_percent_encoded(rest: RestProvider) -> None:
    url = f"{API}/exam/e%2F..%3Fx%23y/attempt/a%20%C3%A4%25/"
    responses.patch(url, json={"status": "started"})
    exam = replace(EXAM, external_id="e/..?x#y")
    rest.session_started(exam=exam, attempt=replace(ATTEMPT, external_id="a ä%"))
    assert last_call().request.url == url
