"""A whole hub behind its web application: real database, real tokens, the fake vendor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.testclient import TestClient

from proctor_hub.domain.words import Role
from proctor_hub.services import people
from proctor_hub.services.access import clients, tokens
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.tokens import Caller
from proctor_hub.services.hub import Hub
from proctor_hub.storage import attempts
from proctor_hub.testing.fake_vendor import ready_path, review_body, reviewed_path
from proctor_hub.web.application import application
from proctor_hub.web.context import WebSettings
from proctor_hub.web.foreign_ids import part
from tests.support import OPERATOR, FakeClock, a_hub

COURSE = "course-v1:Acme+Exams+2026"
OTHER_COURSE = "course-v1:Acme+Other+2026"


class Site:
    """The application, and tokens for whoever calls it.

    :param http: calls the application, in this process or over the wire.
    :param vendor: the account that the vendor client belongs to.
    """

    def __init__(
        self, hub: Hub, http: httpx.Client, clock: FakeClock, *, vendor: str = "acme"
    ) -> None:
        self.hub = hub
        self.http = http
        self.clock = clock
        self.code = ""
        self.report = ""
        self.lms = clients.create(hub, OPERATOR, ClientKind.LMS).client
        self.operator = clients.create(hub, OPERATOR, ClientKind.OPERATOR).client
        self.vendor = clients.create(hub, OPERATOR, ClientKind.VENDOR, vendor=vendor).client

    def token(self, who: str) -> str:
        """A token of the LMS, operator or vendor client, or of the person ``who``."""
        machines = {"lms": self.lms, "operator": self.operator, "vendor": self.vendor}
        if who in machines:
            return tokens.access_token(self.hub, machines[who]).text
        lms = Caller(client=self.lms, actor=clients.actor_of(self.lms))
        return tokens.person_token(self.hub, lms, who).text

    def call(
        self,
        method: str,
        path: str,
        who: str | None = "lms",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One call of ``/api/v1`` as ``who``; None: without a token."""
        sent = dict(headers or {})
        if who is not None:
            sent["Authorization"] = f"Bearer {self.token(who)}"
        content = None if body is None else json.dumps(body)
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.http.request(method, f"/api/v1{path}", content=content, headers=sent)

    def ok(self, method: str, path: str, who: str | None = "lms", body: Any = None) -> Any:
        """:meth:`call`, which must succeed; the JSON answered."""
        answer = self.call(method, path, who, body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def callback(self, path: str, body: bytes, who: str | None = "vendor") -> httpx.Response:
        """A vendor's call."""
        headers = {} if who is None else {"Authorization": f"JWT {self.token(who)}"}
        return self.http.post(path, content=body, headers=headers)

    def course(self, course_id: str = COURSE, *, vendor: str = "acme", **more: Any) -> None:
        """A course with proctoring, by the fake vendor unless said otherwise."""
        settings = {"proctoring_enabled": True, "vendor": vendor, "title": "Exams", **more}
        self.ok("PUT", f"/courses/{part(course_id)}", body=settings)

    def exam(self, course_id: str = COURSE, **changes: Any) -> int:
        """An exam of the course, proctored unless said otherwise; its id."""
        body = {
            "content_id": "block-1",
            "name": "Midterm",
            "exam_type": "proctored",
            "time_limit_minutes": 30,
            **changes,
        }
        return int(self.ok("POST", f"/courses/{part(course_id)}/exams", body=body)["id"])

    def person(self, user_id: str, *, course_id: str | None = None) -> None:
        """A user, enrolled in the verified track of a course where one is given."""
        body = {"username": user_id, "full_name": f"Full {user_id}", "email": f"{user_id}@x.test"}
        self.ok("PUT", f"/people/{part(user_id)}", body=body)
        if course_id is not None:
            path = f"/courses/{part(course_id)}/enrolments/{part(user_id)}"
            self.ok("PUT", path, body={"track": "verified"})

    def staff(self, user_id: str, role: Role) -> None:
        """A user with a role over all courses."""
        self.person(user_id)
        people.grant_staff(self.hub, OPERATOR, user_id=user_id, role=role)

    def team(self, user_id: str, course_id: str = COURSE) -> None:
        """A member of the course's team."""
        self.person(user_id)
        self.ok("PUT", f"/courses/{part(course_id)}/team/{part(user_id)}")

    def attempt(self, exam_id: int, user_id: str) -> Any:
        """A new attempt as the LMS sees it."""
        return self.ok("POST", "/attempts", body={"exam_id": exam_id, "user_id": user_id})

    def external_id(self, code: str) -> str:
        """The vendor's id of an attempt."""
        with self.hub.database.read() as conn:
            record = attempts.by_code(conn, code)
        assert record is not None
        assert record.external_id is not None
        return record.external_id

    def act(self, code: str, action: str, who: str = "lms") -> Any:
        """A learner's action, which must succeed."""
        return self.ok("POST", f"/attempts/{code}/actions", who, {"action": action})

    def ready(self, code: str) -> None:
        """The vendor says that the session is ready."""
        answer = self.callback(ready_path(self.external_id(code)), b"{}")
        assert answer.status_code == 200, answer.text

    def review(self, code: str, status: str = "passed", **more: Any) -> httpx.Response:
        """The vendor's review arrives."""
        return self.callback(reviewed_path(self.external_id(code)), review_body(status, **more))

    def taken(self, exam_id: int, user_id: str) -> str:
        """An attempt that was started and submitted; its code."""
        code = str(self.attempt(exam_id, user_id)["code"])
        self.ready(code)
        self.act(code, "start")
        self.act(code, "submit")
        return code


@contextmanager
def a_site(database_url: str, *, web: WebSettings | None = None, **options: Any) -> Iterator[Site]:
    """A site on a migrated database; ``options`` as of ``make_hub``."""
    clock = options.pop("clock", None) or FakeClock()
    with a_hub(database_url, clock=clock, **options) as hub:
        app = application(hub, web=web, threads=8)
        with TestClient(app, raise_server_exceptions=True) as http:
            yield Site(hub, http, clock)
