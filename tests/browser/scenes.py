"""What happened before somebody opens a page: courses and attempts, made as an LMS makes them."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Page

from proctor_hub.storage.people import by_user_id, pseudonym_for
from tests.browser.live import Live
from tests.browser.vendors import PROCTORTRACK
from tests.web.site import COURSE


def proctored_exam(live: Live, vendor: str, *learners: str) -> int:
    """A course at ``vendor`` with a proctored exam and enrolled learners; the exam's id."""
    live.site.course(vendor=vendor, escalation_email="team@x.test")
    exam = live.site.exam()
    for name in learners:
        live.site.person(name, course_id=COURSE)
    return exam


def values_of(live: Live, code: str) -> dict[str, str]:
    """What the sandboxes' commands are told of an attempt."""
    return {"attempt_code": code, "external_id": live.site.external_id(code)}


def onboarded(live: Live, *learners: str) -> None:
    """Proctortrack knows these learners, and knows who they are."""
    for name in learners:

        def found(conn: Any, name: str = name) -> str:
            person = by_user_id(conn, name)
            assert person is not None
            return pseudonym_for(conn, person.id, PROCTORTRACK)

        pseudonym = live.hub.database.write(found)
        httpx.post(
            f"{live.sandbox_urls[PROCTORTRACK]}/sandbox/profiles/{pseudonym}",
            json={"status": "approved", "course_id": COURSE},
            trust_env=False,
        ).raise_for_status()


def submitted(live: Live, vendor: str, exam: int, learner: str) -> str:
    """An attempt that was registered, taken and submitted at the vendor; its code.

    The learner must have a valid onboarding where the vendor asks for one.
    """
    code = str(live.site.attempt(exam, learner)["code"])
    live.sandboxes[vendor].make_ready(values_of(live, code))
    live.site.act(code, "start")
    live.clock.move(minutes=20)
    live.site.act(code, "submit")
    return code


def status_of(live: Live, code: str) -> str:
    """The attempt's status as the LMS reads it."""
    return str(live.site.ok("GET", f"/attempts/{code}")["status"])


def launch_link(live: Live, user_id: str, page: str = "home", **about: Any) -> str:
    """Where the LMS sends a user's browser; ``about``: course_id, exam_id, attempt_code, roles."""
    body = {"user_id": user_id, "page": page, **about}
    return str(live.site.ok("POST", "/launch-links", body=body)["url"])


def come_in(live: Live, page: Page, user_id: str, exam: int | None = None) -> None:
    """Open a launch link of the LMS: to the exam's page, or to the learner's exams."""
    body: dict[str, Any] = {"user_id": user_id, "page": "learner"}
    if exam is not None:
        body |= {"page": "exam", "exam_id": exam}
    page.goto(live.site.ok("POST", "/launch-links", body=body)["url"])
    page.wait_for_url("**/learn*" if exam is None else f"**/learn/exams/{exam}")
