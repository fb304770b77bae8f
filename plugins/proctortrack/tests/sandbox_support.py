"""What the sandbox's tests share: a hub that records, and the calls a hub makes."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast
from urllib.parse import parse_qs, quote

from joserfc import jwt
from joserfc.jwk import OctKey

from proctor_hub_proctortrack.sandbox import SandboxSettings, create_app

with warnings.catch_warnings():  # starlette recommends another HTTP client for its test client
    warnings.filterwarnings("ignore", message="Using `httpx` with")
    from fastapi.testclient import TestClient

COURSE = "course-v1:Uni+Exam+2026"
SETTINGS = SandboxSettings(
    client_id="the-hub",
    client_secret="a-secret-of-the-hub-at-the-vendor",
    hub_client_id="the-vendor",
    hub_client_secret="a-secret-of-the-vendor-at-the-hub",
    public_url="https://vendor.example",
)
TOKEN_FORM = {
    "grant_type": "client_credentials",
    "client_id": SETTINGS.client_id,
    "client_secret": SETTINGS.client_secret,
    "token_type": "jwt",
}
_jti = itertools.count()


class Hub(ThreadingHTTPServer):
    """A hub that checks the vendor's credentials and records what it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.calls: list[tuple[str, Any]] = []
        self.token_forms: list[dict[str, list[str]]] = []
        self.good_token = ""
        self.answers: list[tuple[int, str]] = []


class HubHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hub = cast(Hub, self.server)
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/oauth2/access_token":
            form = parse_qs(raw.decode())
            hub.token_forms.append(form)
            if form.get("client_secret") != [SETTINGS.hub_client_secret]:
                return self._answer(401, '{"error": "invalid_client"}')
            hub.good_token = f"token-{len(hub.token_forms)}"
            answer = {"access_token": hub.good_token, "expires_in": 600, "token_type": "JWT"}
            return self._answer(200, json.dumps(answer))
        if self.headers.get("Authorization") != f"JWT {hub.good_token}":
            return self._answer(401, '{"detail": "bad token"}')
        hub.calls.append((self.path, json.loads(raw)))
        self._answer(*(hub.answers.pop(0) if hub.answers else (200, '"OK"')))

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class Vendor:
    """A sandbox with a clock in hand and the calls the hub would make."""

    def __init__(self, settings: SandboxSettings = SETTINGS, lms_host: str = "http://127.0.0.1:9"):
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.slept: list[float] = []
        self.lms_host = lms_host
        app = create_app(settings, clock=lambda: self.now, sleep=self.slept.append)
        self.http = TestClient(app, follow_redirects=False)
        self.http.headers["Authorization"] = f"JWT {self.token()}"

    def token(self) -> str:
        answer = self.http.post("/edx/oauth2/access_token", data=TOKEN_FORM)
        assert answer.status_code == 200
        return str(answer.json()["access_token"])

    def exam(self, **changes: Any) -> str:
        answer = self.http.post("/api/v1/exam/", json=exam_body(**changes))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def register(self, exam_id: str, user: str = "pseudo-1", **changes: Any) -> Any:
        body = attempt_body(lms_host=self.lms_host, user_id=user) | changes
        answer = self.http.post(f"/api/v1/exam/{exam_id}/attempt/", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def approve(self, user: str = "pseudo-1", **more: Any) -> None:
        body = {"status": "approved", "course_id": COURSE} | more
        assert self.http.post(f"/sandbox/profiles/{quote(user)}", json=body).status_code == 200

    def session(self, exam_id: str, user: str = "pseudo-1") -> str:
        self.approve(user)
        return str(self.register(exam_id, user)["id"])

    def patch(self, exam_id: str, attempt_id: str, status: str) -> Any:
        path = f"/api/v1/exam/{exam_id}/attempt/{attempt_id}/"
        return self.http.patch(path, json={"status": status})

    def submitted(self, exam_id: str, user: str = "pseudo-1") -> str:
        attempt_id = self.session(exam_id, user)
        self.http.post(f"/sandbox/attempts/{attempt_id}/room-scan")
        for status in ("started", "submitted"):
            assert self.patch(exam_id, attempt_id, status).json() == {"status": status}
        return attempt_id

    def link(self, secret: str = SETTINGS.client_secret, **changes: Any) -> str:
        claims = {
            "course_id": COURSE,
            "user": {"id": 7, "full_name": "Ina Instructor", "email": "ina@uni.example"},
            "iss": SETTINGS.client_id,
            "jti": f"jti-{next(_jti)}",
            "exp": int(self.now.timestamp()) + 60,
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))
        return f"/launch/edx/instructor/{SETTINGS.client_id}/?jwt={token}"

    def open(self, **changes: Any) -> str:
        answer = self.http.get(self.link(**changes))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])


def exam_body(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "course_id": COURSE,
        "content_id": "block-1",
        "external_id": None,
        "exam_name": "Final",
        "time_limit_mins": 90,
        "is_proctored": True,
        "is_practice_exam": False,
        "is_active": True,
        "due_date": None,
        "hide_after_due": False,
        "backend": "proctortrack",
    } | changes


def attempt_body(**changes: Any) -> dict[str, Any]:
    return {
        "status": "created",
        "lms_host": "http://127.0.0.1:9",
        "time_limit_mins": 90,
        "is_sample_attempt": False,
        "user_id": "pseudo-1",
        "full_name": "Lea Learner",
        "email": "lea@uni.example",
    } | changes


@contextmanager
def serving_hub() -> Iterator[Hub]:
    """A hub on a port of its own, for the length of a with block."""
    server = Hub()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
