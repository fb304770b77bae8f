"""The plugin towards its vendor, staff and learners; HTTP replaced by `responses`."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
import requests
import responses
from pydantic import ValidationError

from proctor_hub import (
    MANDATORY_HOOKS,
    Attempt,
    AttemptStatus,
    Classification,
    DecisionKind,
    DecisionRequest,
    Exam,
    ExamCodePlan,
    ExamType,
    Learner,
    PersonalData,
    Registered,
    ReviewFacts,
    ReviewOwner,
    ReviewStatus,
    Role,
    VendorError,
    VendorHost,
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub_rpnow.mapping import exam_name, reviewer_notes, split_name
from proctor_hub_rpnow.plugin import RPNowPlugin
from proctor_hub_rpnow.settings import RPNowSettings
from proctor_hub_rpnow.signing import authorization

ENDPOINT = "https://vendor.example.com/register"
SECRET = "4B230FA45A6EC5AE8FDE2AFFACFABAA16D8A3D0B"


def register(plugin: RPNowPlugin, exam: Exam, learner: Learner, attempt: Attempt) -> Registered:
    registered = plugin.register_attempt(exam=exam, learner=learner, attempt=attempt)
    assert isinstance(registered, Registered)
    return registered


@responses.activate
def test_registration_is_byte_exact(
    plugin: RPNowPlugin, host: VendorHost, exam: Exam, learner: Learner, attempt: Attempt
) -> None:
    responses.post(ENDPOINT, json={"ssiRecordLocator": "LOC-1"}, status=201)
    assert register(plugin, exam, learner, attempt) == Registered(external_id="LOC-1")
    request = responses.calls[0].request
    sent = json.loads(request.body)
    assert sent == {
        "examCode": "ABCD-1234",
        "organization": "edx",
        "duration": 90,
        "reviewedExam": True,
        "reviewerNotes": "Open notes; helper allowed",
        "examPassword": "G6Rx/URtt6PTuwvIiQxOcg==",
        "examSponsor": "edX LMS",
        "examName": "Bob_ Final_",
        "ssiProduct": "rp-now",
        "examUrl": "https://hub.example.com/api/edx_proctoring/proctoring_launch_callback/"
        f"start_exam/ABCD-1234?t={host.token('start', 'ABCD-1234')}",
        "orgExtra": {
            "examStartDate": "Wed, 15 Jul 2015 05:11:31 GMT",
            "examEndDate": "Wed, 15 Jul 2015 06:41:31 GMT",
            "noOfStudents": 1,
            "examID": 7,
            "courseID": "course-v1:a+b+c",
            "firstName": "Ann",
            "lastName": "B Cee",
        },
    }
    date = "Wed, 15 Jul 2015 05:11:31 GMT"
    assert request.headers["Date"] == date
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == authorization(
        key_id="foo", secret_key=SECRET, date=date, body=sent
    )


@responses.activate
def test_practice_is_not_reviewed_and_email_goes_only_where_set(
    values: dict[str, object], host: VendorHost, exam: Exam, learner: Learner, attempt: Attempt
) -> None:
    plugin = RPNowPlugin(RPNowSettings.model_validate(values | {"send_email": True}), host)
    responses.post(ENDPOINT, json={"ssiRecordLocator": "LOC-1"})
    practice = replace(attempt, exam_type=ExamType.PRACTICE)
    register(plugin, replace(exam, exam_type=ExamType.PRACTICE), learner, practice)
    sent = json.loads(responses.calls[0].request.body)
    assert sent["reviewedExam"] is False
    assert sent["orgExtra"]["email"] == "ann@example.com"
    data = plugin.describe_vendor().personal_data
    assert data == {PersonalData.FULL_NAME, PersonalData.EMAIL}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "{}", VendorProtocolError),
        (200, '{"ssiRecordLocator": null}', VendorProtocolError),
        (200, '{"ssiRecordLocator": " "}', VendorProtocolError),
        (201, '{"ssiRecordLocator": ["x"]}', VendorProtocolError),
        (200, '{"ssiRecordLocator": "' + "x" * 300 + '"}', VendorProtocolError),
        (200, "[]", VendorProtocolError),
        (200, "<html>", VendorProtocolError),
        (202, '{"ssiRecordLocator": "LOC"}', VendorProtocolError),
        (302, "", VendorProtocolError),
        (400, "no", VendorRejected),
        (401, "no", VendorUnauthorized),
        (403, "no", VendorUnauthorized),
        (429, "later", VendorUnavailable),
        (500, "{}", VendorUnavailable),
        (503, '{"ssiRecordLocator": "LOC"}', VendorUnavailable),
    ],
)
@responses.activate
def test_anything_else_is_a_failed_registration(
    plugin: RPNowPlugin,
    exam: Exam,
    learner: Learner,
    attempt: Attempt,
    status: int,
    body: str,
    error: type[VendorError],
) -> None:
    responses.post(ENDPOINT, body=body, status=status, headers={"Retry-After": "30"})
    with pytest.raises(error) as raised:
        register(plugin, exam, learner, attempt)
    assert "Ann" not in str(raised.value)
    assert SECRET not in str(raised.value)
    if isinstance(raised.value, VendorUnavailable):
        assert raised.value.retry_after == 30


@responses.activate
def test_no_connection_is_unavailable(
    plugin: RPNowPlugin, exam: Exam, learner: Learner, attempt: Attempt
) -> None:
    responses.post(ENDPOINT, body=requests.ConnectionError("refused"))
    with pytest.raises(VendorUnavailable):
        register(plugin, exam, learner, attempt)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("[]<>#:|!?/'\"*\\", "_" * 14),
        ("Prüfung № 1", "Prufung No 1"),
        ("日本語", "Proctored Exam"),
        ("", "Proctored Exam"),
        ("日 本", "Proctored Exam"),
    ],
)
def test_exam_name(name: str, cleaned: str) -> None:
    assert exam_name(name) == cleaned


def test_names_and_notes() -> None:
    assert split_name("Ann B Cee") == ("Ann", "B Cee")
    assert split_name("Plato") == ("Plato", "")
    assert split_name("  ") == ("", "")
    assert reviewer_notes("", "") == "Closed Book"
    assert reviewer_notes(" ", "may stand up") == "Closed Book; may stand up"
    assert reviewer_notes("Open notes\n", " ") == "Open notes\n"
    assert reviewer_notes("half \ud800", "") == "half ?"


def test_launch_gives_the_code_and_never_the_locator(
    plugin: RPNowPlugin, exam: Exam, attempt: Attempt
) -> None:
    plan = plugin.launch_session(
        exam=exam, attempt=replace(attempt, external_id="LOC-SECRET"), language="en"
    )
    assert isinstance(plan, ExamCodePlan)
    assert plan.exam_code == "ABCD-1234"
    assert plan.download_url == "https://vendor.example.com/download"
    assert "LOC-SECRET" not in repr(plan)
    said = " ".join(plan.instructions)
    assert "at least 500 kbps" in said
    assert "Open notes" in said
    assert "installed again" not in said


def test_practice_says_that_the_software_is_installed_again(
    plugin: RPNowPlugin, exam: Exam
) -> None:
    practice = replace(exam, exam_type=ExamType.PRACTICE, custom_rules="")
    shown = plugin.learner_instructions(exam=practice, language="en")
    said = " ".join(shown.steps)
    assert "installed again for the real exam" in said
    assert "Rules of this exam" not in said
    assert shown.download_url == "https://vendor.example.com/download"


def test_description_and_hooks(plugin: RPNowPlugin) -> None:
    described = plugin.describe_vendor()
    assert described.exam_types == {ExamType.PROCTORED, ExamType.PRACTICE}
    assert described.capabilities == frozenset()
    assert not described.has_stop_call
    assert "exam code" in described.launch_summary
    assert "at least 500 kbps" in described.learner_tool
    assert not described.learner_needs_external_id
    assert described.personal_data == {PersonalData.FULL_NAME}
    for hook in MANDATORY_HOOKS:
        assert hasattr(getattr(plugin, hook), "proctor_hub_impl"), hook


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (ReviewStatus.PASSED, Classification.VERIFY),
        (ReviewStatus.VIOLATION, Classification.VERIFY),
        (ReviewStatus.SUSPICIOUS, Classification.SECOND_REVIEW_SUPPORT),
        (ReviewStatus.NOT_REVIEWED, Classification.WAIT),
    ],
)
def test_classification(
    plugin: RPNowPlugin, status: ReviewStatus, expected: Classification
) -> None:
    facts = ReviewFacts(
        status=status,
        exam_type=ExamType.PROCTORED,
        attempt_status=AttemptStatus.SUBMITTED,
        incident_count=0,
        revision=1,
    )
    assert plugin.classify_review(review=facts) is expected


def test_who_decides_what(plugin: RPNowPlugin) -> None:
    """Every case that is allowed, spelled out; all others are refused with a reason."""
    second, error = AttemptStatus.SECOND_REVIEW_REQUIRED, AttemptStatus.ERROR
    verdicts = (AttemptStatus.VERIFIED, AttemptStatus.REJECTED)
    ours, theirs = ReviewOwner.SUPPORT, ReviewOwner.COURSE_TEAM
    decide = (DecisionKind.PASS, DecisionKind.FAIL)
    allowed = {(DecisionKind.ESCALATE, Role.SUPPORT, second, ours)}
    allowed |= {(k, Role.SUPPORT, s, ours) for k in decide for s in (second, *verdicts)}
    allowed |= {(k, Role.COURSE_TEAM, second, theirs) for k in decide}
    allowed |= {
        (k, Role.COURSE_TEAM, s, o) for k in decide for s in verdicts for o in (theirs, None)
    }
    allowed |= {(k, Role.COURSE_TEAM, error, o) for k in decide for o in (ours, theirs, None)}
    cases = itertools.product(DecisionKind, Role, AttemptStatus, (ours, theirs, None))
    for case in cases:
        kind, role, status, owner = case
        asked = DecisionRequest(
            kind=kind,
            role=role,
            exam_type=ExamType.PROCTORED,
            attempt_status=status,
            owner=owner,
        )
        answer = plugin.authorize_decision(decision=asked)
        assert answer.allowed is (case in allowed), case
        assert answer.allowed or answer.reason
        elsewhere = replace(asked, in_vendor_dashboard=True)
        assert not plugin.authorize_decision(decision=elsewhere).allowed


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("crypto_key", "short"),
        ("secret_key", "schlüssel"),
        ("secret_key", ""),
        ("secret_key_id", "a:b"),
        ("secret_key_id", ""),
        ("organization", ""),
        ("exam_register_endpoint", "ftp://vendor.example.com"),
        ("software_download_url", "javascript:alert(1)"),
        ("support_url", "javascript:alert(1)"),
        ("allowed_networks", ["10.0.0.0/33"]),
        ("no_such_key", "x"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    values: dict[str, object], key: str, value: object
) -> None:
    with pytest.raises(ValidationError, match=key):
        RPNowSettings.model_validate(values | {key: value})


def test_secrets_are_not_printed(values: dict[str, object]) -> None:
    settings = RPNowSettings.model_validate(values)
    assert SECRET not in repr(settings)
    assert "123456789123456712345678" not in repr(settings)
