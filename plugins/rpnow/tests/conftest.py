"""One RPNow account as the host builds it, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from proctor_hub import Attempt, AttemptStatus, CallbackRequest, Exam, ExamType, Learner
from proctor_hub.vendors.account import AccountHost
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub_rpnow.plugin import RPNowPlugin
from proctor_hub_rpnow.settings import RPNowSettings

NOW = datetime(2015, 7, 15, 5, 11, 31, tzinfo=UTC)
VALUES = {
    "organization": "edx",
    "exam_sponsor": "edX LMS",
    "exam_register_endpoint": "https://vendor.example.com/register",
    "secret_key_id": "foo",
    "secret_key": "4B230FA45A6EC5AE8FDE2AFFACFABAA16D8A3D0B",
    "crypto_key": "123456789123456712345678",
    "software_download_url": "https://vendor.example.com/download",
}


@pytest.fixture
def values() -> dict[str, object]:
    """Settings that work, as a configuration file gives them."""
    return dict(VALUES)


@pytest.fixture
def host() -> AccountHost:
    """The account's host, standing at NOW."""
    return AccountHost(
        slug="rpnow",
        public_url="https://hub.example.com",
        http=BoundedHttpClient(),
        keys=(b"k" * 32,),
        clock=lambda: NOW,
    )


@pytest.fixture
def plugin(host: AccountHost) -> RPNowPlugin:
    """The plugin with VALUES."""
    return RPNowPlugin(RPNowSettings.model_validate(VALUES), host)


@pytest.fixture
def exam() -> Exam:
    """A proctored exam with a name the vendor does not take as it is."""
    return Exam(
        id=7,
        course_id="course-v1:a+b+c",
        content_id="block",
        name="Bob? Final!",
        exam_type=ExamType.PROCTORED,
        time_limit_minutes=90,
        custom_rules="Open notes",
    )


@pytest.fixture
def learner() -> Learner:
    """A learner with a three-word name."""
    return Learner(pseudonym="p-1", full_name="Ann B Cee", email="ann@example.com")


@pytest.fixture
def attempt() -> Attempt:
    """A created attempt with an exception for the reviewers."""
    return Attempt(
        code="ABCD-1234",
        number=1,
        status=AttemptStatus.CREATED,
        exam_type=ExamType.PROCTORED,
        allowed_minutes=90,
        policy_exception="helper allowed",
    )


@pytest.fixture
def call() -> Callable[..., CallbackRequest]:
    """Build a callback request: route, query, body, code and source address."""

    def build(
        route: str,
        *,
        query: dict[str, str] | None = None,
        body: bytes = b"",
        code: str = "",
        source: str = "203.0.113.7",
    ) -> CallbackRequest:
        return CallbackRequest(
            route=route,
            method="POST" if route == "review" else "GET",
            path="/",
            path_params={"attempt_code": code} if code else {},
            query=query or {},
            headers={},
            body=body,
            source_address=source,
        )

    return build
