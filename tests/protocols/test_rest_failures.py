"""What a vendor gets wrong, and the error each becomes: can trying again help?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from proctor_hub import (
    OnboardingQuery,
    VendorError,
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub.protocols import RestProvider
from tests.protocols.rest_support import API, ATTEMPT, COURSE, EXAM, LEARNER, grant

ONE = f"{API}/exam/e-1/attempt/a-1/"
STATUSES = f"{API}/courses/{COURSE}/onboarding_statuses"
NEW_EXAM = replace(EXAM, external_id=None)
SESSION: dict[str, Any] = {"exam": EXAM, "attempt": ATTEMPT}
ONE_LEARNER = OnboardingQuery(course_id=COURSE, pseudonym="p-1")

Call = Callable[[RestProvider], Any]
# Every call of the protocol: method, URL, hook.
CALLS: list[tuple[str, str, Call]] = [
    ("GET", f"{API}/config/", lambda p: p.rules_catalog(language="en")),
    ("POST", f"{API}/exam/", lambda p: p.sync_exam(exam=NEW_EXAM)),
    ("POST", f"{API}/exam/e-1/", lambda p: p.sync_exam(exam=EXAM)),
    (
        "POST",
        f"{API}/exam/e-1/attempt/",
        lambda p: p.register_attempt(learner=LEARNER, **SESSION),
    ),
    ("PATCH", ONE, lambda p: p.session_started(**SESSION)),
    ("PATCH", ONE, lambda p: p.session_stopped(**SESSION)),
    ("PATCH", ONE, lambda p: p.session_errored(**SESSION)),
    ("GET", ONE, lambda p: p.learner_instructions(language="en", **SESSION)),
    ("GET", ONE, lambda p: p.launch_session(language="en", **SESSION)),
    ("DELETE", ONE, lambda p: p.session_removed(**SESSION)),
    ("DELETE", f"{API}/user/p-1/", lambda p: p.retire_learner(pseudonym="p-1")),
    ("GET", STATUSES, lambda p: p.onboarding_status(query=ONE_LEARNER)),
    (
        "GET",
        STATUSES,
        lambda p: p.onboarding_status(query=OnboardingQuery(course_id=COURSE)),
    ),
]
FAILURES: list[tuple[dict[str, Any], type[VendorError], bool]] = [
    ({"status": 500, "body": "<html><h1>Server Error</h1></html>"}, VendorUnavailable, True),
    ({"status": 503, "json": {"detail": "down"}}, VendorUnavailable, True),
    ({"status": 429}, VendorUnavailable, True),
    ({"body": requests.ReadTimeout()}, VendorUnavailable, True),
    ({"body": requests.ConnectionError()}, VendorUnavailable, True),
    ({"status": 200, "body": "<html>maintenance</html>"}, VendorProtocolError, True),
    ({"status": 200, "body": ""}, VendorProtocolError, True),
    ({"status": 200, "json": ["not", "an", "object"]}, VendorProtocolError, True),
    ({"status": 200, "body": "[" * 100_000}, VendorProtocolError, True),
    ({"status": 200, "body": b"\xff\xfe\x00"}, VendorProtocolError, True),
    ({"status": 302, "headers": {"Location": "https://else.example"}}, VendorProtocolError, True),
    ({"status": 403}, VendorUnauthorized, False),
    ({"status": 422, "json": {"detail": "no"}}, VendorRejected, False),
]

ODD_IDS: tuple[Any, ...] = (None, "", True, 1.5, {}, "..", "a\nb", "\ud800")


@pytest.fixture(autouse=True)
def token(wire: responses.RequestsMock) -> None:
    grant()


@pytest.mark.parametrize(("answer", "error", "retryable"), FAILURES)
@pytest.mark.parametrize(("method", "url", "call"), CALLS)
def test_failed_call(
    rest: RestProvider,
    method: str,
    url: str,
    call: Call,
    answer: dict[str, Any],
    error: type[VendorError],
    retryable: bool,
) -> None:
    responses.add(method, url, **answer)
    with pytest.raises(error) as caught:
        call(rest)
    assert type(caught.value) is error
    assert caught.value.retryable is retryable
    assert "Ann" not in str(caught.value)
    assert len(responses.calls) == 2  # the token and the call: the plugin itself never retries


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"status": "created"},
        *({"id": odd} for odd in ODD_IDS),
        *({"id": large} for large in ("x" * 256, 10**30)),
    ],
)
def test_200_without_a_usable_id(rest: RestProvider, answer: dict[str, Any]) -> None:
    for url in (f"{API}/exam/", f"{API}/exam/e-1/", f"{API}/exam/e-1/attempt/"):
        responses.post(url, json=answer)
    for call in (
        lambda: rest.sync_exam(exam=NEW_EXAM),
        lambda: rest.sync_exam(exam=EXAM),
        lambda: rest.register_attempt(learner=LEARNER, **SESSION),
    ):
        with pytest.raises(VendorProtocolError, match="id"):
            call()


@pytest.mark.parametrize("answer", [{}, {"status": None}, {"status": ["started"]}])
def test_notice_without_a_status(rest: RestProvider, answer: dict[str, Any]) -> None:
    responses.patch(ONE, json=answer)
    with pytest.raises(VendorProtocolError, match="status"):
        rest.session_stopped(**SESSION)


def test_removal_that_deleted_nothing(rest: RestProvider) -> None:
    responses.delete(ONE, json={"status": "submitted"})
    with pytest.raises(VendorProtocolError, match="remove"):
        rest.session_removed(**SESSION)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//else.example", 5, "http://["])
def test_download_link_that_is_none(rest: RestProvider, url: Any) -> None:
    responses.get(ONE, json={"status": "created", "instructions": ["One"], "download_url": url})
    with pytest.raises(VendorProtocolError, match="download_url"):
        rest.launch_session(language="en", **SESSION)


def test_no_download_link_anywhere(rest: RestProvider) -> None:
    responses.get(ONE, json={"status": "created"})
    responses.get(f"{API}/config/", json={})
    with pytest.raises(VendorProtocolError, match="download_url"):
        rest.launch_session(language="en", **SESSION)
    assert rest.learner_instructions(language="en", **SESSION).steps == ()


@pytest.mark.parametrize("rules", [["a"], {"a": True}, "text"])
def test_rules_that_are_no_labels(rest: RestProvider, rules: Any) -> None:
    responses.get(f"{API}/config/", json={"rules": rules})
    with pytest.raises(VendorProtocolError, match="rules"):
        rest.rules_catalog(language="en")


@pytest.mark.parametrize(
    "answer",
    [
        {"user_id": "p-1"},
        {"user_id": "p-1", "status": "dancing"},
        {"user_id": "p-2", "status": "pending"},
        {"user_id": 5, "status": "pending"},
        {"user_id": "p-1", "status": "pending", "expiration_date": "soon"},
        {"user_id": "p-1", "status": "pending", "expiration_date": 5},
        {"user_id": "p-1", "status": "pending", "expiration_date": "0001-01-01T00:00:00+10:00"},
    ],
)
def test_onboarding_profile_that_makes_no_sense(rest: RestProvider, answer: Any) -> None:
    responses.get(STATUSES, json=answer)
    with pytest.raises(VendorProtocolError, match="onboarding"):
        rest.onboarding_status(query=ONE_LEARNER)


@pytest.mark.parametrize("results", [None, {}, ["p-1"], [{"status": "pending"}]])
def test_onboarding_page_that_makes_no_sense(rest: RestProvider, results: Any) -> None:
    responses.get(STATUSES, json={"results": results})
    with pytest.raises(VendorProtocolError, match="onboarding"):
        rest.onboarding_status(query=OnboardingQuery(course_id=COURSE))


@pytest.mark.parametrize("cursor", ["", "0", "-1", "x", "1" * 20, "٣"])
def test_cursor_that_is_no_page(rest: RestProvider, cursor: str) -> None:
    with pytest.raises(VendorRejected, match="cursor"):
        rest.onboarding_status(query=OnboardingQuery(course_id=COURSE, cursor=cursor))
    assert len(responses.calls) == 0


@pytest.mark.parametrize("answer", [None, "true", 1, {}])
def test_retirement_answer_that_makes_no_sense(rest: RestProvider, answer: Any) -> None:
    responses.delete(f"{API}/user/p-1/", json=answer)
    with pytest.raises(VendorProtocolError):
        rest.retire_learner(pseudonym="p-1")


@pytest.mark.parametrize("pseudonym", ["", ".", ".."])
def test_id_that_would_change_the_path(rest: RestProvider, pseudonym: str) -> None:
    with pytest.raises(VendorProtocolError):
        rest.retire_learner(pseudonym=pseudonym)
    assert len(responses.calls) == 0


def test_without_the_vendors_ids_nothing_is_called(rest: RestProvider) -> None:
    no_session: dict[str, Any] = {"exam": EXAM, "attempt": replace(ATTEMPT, external_id=None)}
    for call in (
        lambda: rest.register_attempt(exam=NEW_EXAM, learner=LEARNER, attempt=ATTEMPT),
        lambda: rest.session_stopped(**no_session),
        lambda: rest.launch_session(language="en", **no_session),
    ):
        with pytest.raises(VendorProtocolError, match="does not know"):
            call()
    assert len(responses.calls) == 0


def test_health_says_what_is_wrong(rest: RestProvider) -> None:
    responses.get(f"{API}/config/", status=503)
    health = rest.health_check()
    assert not health.ok
    assert "503" in health.detail
