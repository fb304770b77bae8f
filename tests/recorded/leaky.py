"""A vendor that says back whatever it is told, secrets and people too, and plugins that call it."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from proctor_hub import (
    Attempt,
    Capability,
    Exam,
    Health,
    Learner,
    NoticeAnswer,
    PersonalData,
    RedirectPlan,
    Registered,
    Registration,
    VendorDescription,
    hookimpl,
    raise_for_status,
)
from proctor_hub.testing.fake_vendor import FakeVendor

SECRET = 'a "secret" of the account & more'
SETTINGS: dict[str, Any] = {
    "api_key": SECRET,
    "capabilities": ["session_notices", "health_check", "learner_retirement", "polling"],
    "exam_types": ["proctored"],
}


class Leaky(FakeVendor):
    """Calls a vendor over HTTP; what it sends is changed by the variants below."""

    path = "/sessions"

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        """With every kind of personal data."""
        return VendorDescription(
            name="Leaky",
            capabilities=frozenset(Capability(one) for one in SETTINGS["capabilities"]),
            exam_types=self.settings.exam_types,
            personal_data=frozenset(PersonalData),
            has_stop_call=True,
        )

    @hookimpl
    def health_check(self) -> Health:
        """A form with the secret, and a page in return."""
        data = {"user": "hub", "password": self.settings.api_key.get_secret_value()}
        reply = self.host.http.request("POST", f"{self.settings.base_url}/login", data=data)
        raise_for_status(reply)
        return Health(ok=True, detail=reply.text)

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        """Everything there is to know of the learner."""
        reply = self.host.http.request(
            "POST",
            self.settings.base_url + self.path,
            json=self.body(exam, learner, attempt),
            params={"key": self.settings.api_key.get_secret_value(), "who": learner.full_name},
            headers=self.headers(),
        )
        raise_for_status(reply)
        return Registered(external_id=str(reply.json()["id"]))

    def body(self, exam: Exam, learner: Learner, attempt: Attempt) -> dict[str, Any]:
        """What is registered."""
        return {
            "code": attempt.code,
            "learner": learner.pseudonym,
            "greeting": f"Dear {learner.full_name} <{learner.email}>",
            "begins_at": self.host.now().isoformat(),
            "begins": int(self.host.now().timestamp()),
            "callback": self.host.public_url + "/" + self.host.token("callback", attempt.code),
        }

    def headers(self) -> dict[str, str]:
        """Basic credentials: a form of the secret that is not its own."""
        pair = f"hub:{self.settings.api_key.get_secret_value()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    @hookimpl
    def launch_session(self, attempt: Attempt) -> RedirectPlan:
        """A link with the session in it."""
        return RedirectPlan(url=f"{self.settings.base_url}/go/{attempt.external_id}")

    @hookimpl
    def session_started(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """One call."""
        return self.notice("started", attempt)

    @hookimpl
    def session_stopped(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """One call; the vendor hangs up."""
        return self.notice("hang-up", attempt)

    @hookimpl
    def session_errored(self, exam: Exam, attempt: Attempt) -> NoticeAnswer:
        """One call, which is refused."""
        return self.notice("refused", attempt)

    def notice(self, word: str, attempt: Attempt) -> NoticeAnswer:
        """Tell the vendor a word."""
        url = f"{self.settings.base_url}/sessions/{attempt.external_id}/{word}"
        raise_for_status(self.host.http.request("PUT", url))
        return NoticeAnswer(detail=word)


class Talks(Leaky):
    """Makes a call more."""

    def headers(self) -> dict[str, str]:
        """And tells somebody."""
        self.host.http.request("GET", f"{self.settings.base_url}/gossip")
        return super().headers()


class Silent(Leaky):
    """Makes a call less."""

    def notice(self, word: str, attempt: Attempt) -> NoticeAnswer:
        """Nothing is told."""
        return NoticeAnswer(detail=word)


class Twice(Leaky):
    """Makes each notice twice."""

    def notice(self, word: str, attempt: Attempt) -> NoticeAnswer:
        """For safety."""
        super().notice(word, attempt)
        return super().notice(word, attempt)


class Elsewhere(Leaky):
    """Calls another path."""

    path = "/v2/sessions"


class Bare(Leaky):
    """Sends no credentials."""

    def headers(self) -> dict[str, str]:
        """None."""
        return {}


class MoreData(Leaky):
    """Sends a field more."""

    def body(self, exam: Exam, learner: Learner, attempt: Attempt) -> dict[str, Any]:
        """With the course."""
        return {**super().body(exam, learner, attempt), "course": exam.course_id}


class Wrong(Leaky):
    """Understands the answer in another way."""

    @hookimpl
    def health_check(self) -> Health:
        """Well is not well."""
        return Health(ok=not super().health_check().ok)


class _Handler(BaseHTTPRequestHandler):
    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.endswith("/hang-up"):
            self.close_connection = True
            return
        if self.path.startswith("/login"):
            self._answer(200, "text/html", f"<p>Hello {body} {SECRET}")
            return
        now = datetime.now(UTC)
        answer = {
            "id": str(uuid.uuid4()),
            "echo": json.loads(body) if body else None,
            "headers": dict(self.headers),
            "path": self.path,
            "access_token": uuid.uuid4().hex,
            "session_jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
            "pin_password": "1234",
            "expires": (now + timedelta(hours=1)).isoformat(),
            "exp": int(now.timestamp()) + 3600,
        }
        status = 409 if self.path.endswith("/refused") else 200
        self._answer(status, "application/json", json.dumps(answer))

    do_GET = do_POST = do_PUT = do_DELETE = _any

    def _answer(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        told: Mapping[str, str] = {
            "Content-Type": kind,
            "Content-Length": str(len(text.encode())),
            "Set-Cookie": "session=a-cookie-of-the-vendor",
            "X-Request": "a-header-nobody-needs",
        }
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def a_leaky_vendor() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
