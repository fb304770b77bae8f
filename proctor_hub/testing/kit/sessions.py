"""One attempt at the running hub, with its vendor: what a learner, the LMS and the vendor do."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from proctor_hub.demo.client import HubClient, HubRefused, path_of
from proctor_hub.domain.words import ExamType
from proctor_hub.storage.people import by_user_id, pseudonym_for
from proctor_hub.testing.kit.check import Broken
from proctor_hub.testing.kit.subjects import COURSE, FIRST, LAST

if TYPE_CHECKING:
    from proctor_hub.testing.kit.bench import Bench

PATIENCE = 30.0
"""Seconds that the hub's relay has for what it does by itself."""

TEAM = "team-of-the-kit"
"""A member of every course's team."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """An attempt that the vendor has registered.

    :param values: what steering commands are told of it: ``attempt_code``, ``external_id``,
        ``pseudonym``, ``course_id``.
    """

    bench: Bench
    code: str
    external_id: str
    exam_type: ExamType
    values: Mapping[str, str]

    def look(self, user: str | None = None) -> Mapping[str, Any]:
        """The attempt as the LMS sees it, or one of its users."""
        path = path_of("attempts", self.code)
        found: Mapping[str, Any] = self.bench.running.lms.call("GET", path, user=user)
        return found

    @property
    def status(self) -> str:
        """Its status now."""
        return str(self.look()["status"])

    def act(self, action: str) -> str:
        """The learner does something; the status afterwards."""
        path = path_of("attempts", self.code, "actions")
        answer = self.bench.running.lms.call("POST", path, {"action": action})
        return str(answer["status"])

    def becomes(self, wanted: str) -> None:
        """Wait until the hub's relay has brought it there.

        :raises Broken: it did not.
        """
        eventually(lambda: self.status == wanted, lambda: f"the attempt is {self.status}, "
                   f"where it must become {wanted}")  # fmt: skip

    def revisions(self) -> list[Mapping[str, Any]]:
        """Its reviews as the course's team sees them, oldest first."""
        path = path_of("attempts", self.code, "reviews")
        return list(self.bench.running.lms.call("GET", path, user=TEAM)["items"])

    def call_hub(self, method: str, path: str, body: bytes = b"") -> int:
        """The vendor's own call, with a token of its client; the status it is answered."""
        token = self.bench.vendor_token()
        answer = requests.request(
            method,
            self.bench.running.url + path,
            data=body,
            headers={"Authorization": f"JWT {token}", "Content-Type": "application/json"},
            allow_redirects=False,
            timeout=30,
        )
        return answer.status_code


def eventually(happened: Callable[[], bool], problem: Callable[[], str]) -> None:
    """Wait for what another thread of the hub does.

    :raises Broken: with ``problem``, where it does not happen.
    """
    until = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > until:
            raise Broken(problem())
        time.sleep(0.02)


def begin(
    bench: Bench, exam_type: ExamType, vendor: str = "", lms: HubClient | None = None
) -> Session:
    """A new learner begins an exam of this type; the vendor has registered the attempt.

    :param vendor: another account. :param lms: instead of the running hub's.
    :raises Broken: it has not.
    """
    slug = vendor or bench.case.slug
    bench.start_vendor()
    course = COURSE if slug == bench.case.slug else f"{COURSE}-{slug}"
    lms = lms or bench.running.lms
    learner = f"learner-{secrets.token_hex(6)}"
    settings = {
        "proctoring_enabled": True,
        "vendor": slug,
        "title": "Conformance",
        "escalation_email": "team@conformance.example",
    }
    lms.call("PUT", path_of("courses", course), settings)
    exam = {
        "content_id": f"block-{secrets.token_hex(6)}",
        "name": "Final of the kit",
        "exam_type": exam_type,
        "time_limit_minutes": 60,
    }
    exam_id = lms.call("POST", path_of("courses", course, "exams"), exam)["id"]
    person = {
        "username": learner,
        "full_name": f"{FIRST} {LAST}",
        "email": f"{learner}@conformance.example",
    }
    lms.call("PUT", path_of("people", learner), person)
    lms.call("PUT", path_of("courses", course, "enrolments", learner), {"track": "verified"})
    lms.call("PUT", path_of("people", TEAM), {"username": TEAM, "full_name": "", "email": ""})
    lms.call("PUT", path_of("courses", course, "team", TEAM))
    pseudonym = _pseudonym(bench, learner, slug)
    if slug == bench.case.slug and exam_type is not ExamType.ONBOARDING:
        bench.case.given.admit(bench, pseudonym, course)
    try:
        made = lms.call("POST", path_of("attempts"), {"exam_id": exam_id, "user_id": learner})
    except HubRefused as error:
        raise Broken(f"an attempt at a {exam_type} exam could not begin: {error}") from None
    external_id = _external_id(bench, str(made["code"]))
    if external_id is None:
        told = made["problem"] or {"code": "no problem", "detail": "nobody is told why"}
        raise Broken(
            f"the vendor did not register a {exam_type} attempt: it is {made['status']}, "
            f"{told['code']}: {told['detail']}"
        )
    values = {
        "attempt_code": str(made["code"]),
        "external_id": external_id,
        "pseudonym": pseudonym,
        "course_id": course,
    }
    return Session(
        bench=bench,
        code=str(made["code"]),
        external_id=external_id,
        exam_type=exam_type,
        values=values,
    )


def _pseudonym(bench: Bench, user_id: str, slug: str) -> str:
    def found(conn: Any) -> str:
        person = by_user_id(conn, user_id)
        if person is None:
            raise LookupError(user_id)
        return pseudonym_for(conn, person.id, slug)

    return bench.running.hub.database.write(found)


def _external_id(bench: Bench, code: str) -> str | None:
    from proctor_hub.storage import attempts

    with bench.running.hub.database.read() as conn:
        record = attempts.by_code(conn, code)
    return None if record is None else record.external_id
