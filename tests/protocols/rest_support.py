"""What the tests of the REST provider protocol share: an account, its values, a moving clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import responses

from proctor_hub import Attempt, AttemptStatus, CallbackRequest, Exam, ExamType, Learner
from proctor_hub.protocols import RestProvider
from proctor_hub.vendors.account import AccountHost
from proctor_hub.vendors.http import BoundedHttpClient

BASE = "https://vendor.example"
API = f"{BASE}/api/v1"
TOKEN_URL = f"{BASE}/oauth2/access_token"
SECRET = "a-secret-of-the-hub-at-the-vendor"
COURSE = "course-v1:Uni+Exam+2026"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

EXAM = Exam(
    id=7,
    course_id=COURSE,
    content_id="block-v1:Uni+Exam+2026+type@sequential+block@final",
    name="Final",
    exam_type=ExamType.PROCTORED,
    time_limit_minutes=90,
    external_id="e-1",
)
LEARNER = Learner(pseudonym="p-1", full_name="Ann Bee", email="ann@example.com")
ATTEMPT = Attempt(
    code="C0DE",
    number=1,
    status=AttemptStatus.CREATED,
    exam_type=ExamType.PROCTORED,
    allowed_minutes=120,
    external_id="a-1",
)


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now


def account(
    plugin: type[RestProvider] = RestProvider, clock: Clock | None = None, **settings: Any
) -> Any:
    """A plugin of one account as the host builds it."""
    values = {"base_url": BASE, "client_id": "the-hub", "client_secret": SECRET} | settings
    host = AccountHost(
        slug="acme",
        public_url="https://hub.example",
        http=BoundedHttpClient(),
        keys=(b"k" * 32,),
        clock=clock or Clock(),
    )
    return plugin(plugin.Settings.model_validate(values), host)


def grant(token: str = "tok", **fields: Any) -> responses.BaseResponse:
    """Let the vendor's token endpoint give out ``token``."""
    answer = {"access_token": token, "expires_in": 3600} | fields
    registered: responses.BaseResponse = responses.post(TOKEN_URL, json=answer)
    return registered


def sent(at: int = -1) -> Any:
    """The JSON body of one call."""
    return json.loads(responses.calls[at].request.body or b"null")


def callback(route: str = "reviewed", body: bytes = b"", **fields: Any) -> CallbackRequest:
    """A call of the vendor about external id ``a-1``, with a token of this account."""
    values: dict[str, Any] = {
        "route": route,
        "method": "POST",
        "path": f"/api/edx_proctoring/v1/proctored_exam/attempt/a-1/{route}",
        "path_params": {"external_id": "a-1"},
        "query": {},
        "headers": {},
        "body": body,
        "source_address": "203.0.113.7",
        "caller": "acme-client",
    }
    return CallbackRequest(**(values | fields))
