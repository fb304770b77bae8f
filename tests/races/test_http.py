"""Races through the door: real sockets, two processes' worth of hubs on one PostgreSQL database.

Every answer is a success or a problem document below 500; then all stored rows are audited.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import requests
import uvicorn

from proctor_hub.services.hub import Hub
from proctor_hub.testing.fake_vendor import ready_path, review_body, reviewed_path
from proctor_hub.web.application import application
from tests.races.audit import audit
from tests.races.racing import PATIENCE, race
from tests.support import make_hub
from tests.web.site import COURSE, Site, a_site

ROUNDS = 4
Request = tuple[str, str, str | None, Any]
"""Method, path, who (a name of ``Site.token``), body."""


@contextmanager
def _served(hub: Hub) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    config = uvicorn.Config(
        application(hub, threads=8), log_config=None, access_log=False, proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()
        assert not thread.is_alive(), "the server hangs"


class Door:
    """The site, and the addresses of its servers."""

    def __init__(self, site: Site, addresses: Sequence[str]) -> None:
        self.site = site
        self._addresses = addresses
        self._numbers = itertools.count(1)

    def warm(self, number: int) -> None:
        """Have a server build what it builds at its first request.

        Warnings are silenced meanwhile, for the whole process: two at once get into each other's
        way, and here a warning is an error.
        """
        headers = {"Authorization": f"Bearer {self.site.token('lms')}", "Idempotency-Key": "warm"}
        url = f"{self._addresses[number]}/api/v1/attempts"
        headers["Content-Type"] = "application/json"
        assert _send("POST", url, headers, "{}").status_code == 422

    def race(self, *wanted: Request) -> list[requests.Response]:
        """Send the requests at once, each to another server in turn; none is a server error."""
        prepared = []
        for number, (method, path, who, body) in enumerate(wanted):
            scheme = "JWT" if who == "vendor" else "Bearer"
            headers = {"Authorization": f"{scheme} {self.site.token(who or 'lms')}"}
            if isinstance(body, dict):
                headers |= {"Content-Type": "application/json", **body.pop("headers", {})}
                body = json.dumps(body)
            url = self._addresses[number % len(self._addresses)] + path
            prepared.append((method, url, headers, body))
        endings = race(*[lambda one=one: _send(*one) for one in prepared])
        answers = []
        for ending in endings:
            assert ending.error is None, ending
            answer: requests.Response = ending.value
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400 and "/callbacks/" not in answer.url:
                assert answer.headers["content-type"] == "application/problem+json"
            answers.append(answer)
        return answers

    def person(self) -> str:
        """A learner nobody has heard of before."""
        user = f"learner-{next(self._numbers)}"
        self.site.person(user, course_id=COURSE)
        return user

    def learner(self, exam: int) -> tuple[str, str]:
        """Such a learner, and the code of their attempt."""
        user = self.person()
        return user, str(self.site.attempt(exam, user)["code"])


def _send(method: str, url: str, headers: dict[str, str], body: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, headers=headers, data=body, timeout=PATIENCE)


def _statuses(answers: Sequence[requests.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


@pytest.fixture
def door(database_url: str) -> Iterator[Door]:
    """Two servers with a hub each on PostgreSQL, one on SQLite, where there is but one process."""
    with a_site(database_url) as site, ExitStack() as stack:
        hubs = [site.hub]
        if site.hub.database.dialect == "postgresql":
            other = make_hub(database_url, clock=site.clock)
            stack.callback(other.database.close)
            hubs.append(replace(other, vendors=site.hub.vendors))
        addresses = [stack.enter_context(_served(hub)) for hub in hubs]
        site.course()
        for name in ("tom", "tea"):
            site.team(name)
        door = Door(site, addresses)
        for number in range(len(addresses)):
            door.warm(number)
        yield door
        audit(site.hub.database, mails=False)


def test_starts_submits_and_the_vendor(door: Door) -> None:
    site = door.site
    exam = site.exam()
    for _ in range(ROUNDS):
        user, code = door.learner(exam)
        site.ready(code)
        path = f"/api/v1/attempts/{code}/actions"
        assert _statuses(door.race(*[("POST", path, user, {"action": "start"})] * 3)) == [
            200, 409, 409]  # fmt: skip
        review = ("POST", reviewed_path(site.external_id(code)), "vendor", review_body("passed"))
        answers = door.race(
            ("POST", path, user, {"action": "submit"}),
            ("POST", path, "lms", {"action": "submit"}),
            review,
            review,
        )
        assert _statuses(answers) == [200, 200, 200, 409]
        assert site.ok("GET", f"/attempts/{code}", "tom")["status"] == "verified"


def test_two_people_decide_while_reviews_arrive(door: Door) -> None:
    site = door.site
    exam = site.exam()
    for _ in range(ROUNDS):
        code = site.taken(exam, door.person())
        assert site.review(code, "suspicious").status_code == 200
        path = f"/api/v1/attempts/{code}/decisions"
        address = reviewed_path(site.external_id(code))
        again = review_body("suspicious", [{"text": "a voice", "status": "Suspicious"}])
        answers = door.race(
            ("POST", path, "tom", {"decision": "pass", "reason": "fine"}),
            ("POST", path, "tea", {"decision": "fail", "reason": "a phone"}),
            ("POST", address, "vendor", again),
            ("POST", address, "vendor", again),
        )
        assert _statuses(answers) == [200, 200, 201, 201]
        made = site.ok("GET", f"/attempts/{code}/decisions", "tom")["items"]
        assert len(made) == 2
        final = site.ok("GET", f"/attempts/{code}", "tom")["status"]
        assert final == {"pass": "verified", "fail": "rejected"}[made[-1]["kind"]]
        assert len(site.ok("GET", f"/attempts/{code}/reviews", "tom")["items"]) == 2


def test_creations_with_and_without_one_key(door: Door) -> None:
    site = door.site
    for number in range(ROUNDS):
        exam = site.exam(content_id=f"block-{number}")
        for keys in (["same"] * 3, ["a", "b", "c"]):
            user = f"maker-{number}-{len(set(keys))}"
            site.person(user, course_id=COURSE)
            answers = door.race(
                *[
                    ("POST", "/api/v1/attempts", "lms",
                     {"exam_id": exam, "user_id": user, "headers": {"Idempotency-Key": key + user}})
                    for key in keys
                ]
            )  # fmt: skip
            made = [answer for answer in answers if answer.status_code == 201]
            assert set(_statuses(answers)) <= {201, 409}
            assert len({answer.json()["code"] for answer in made}) == 1
            if len(set(keys)) > 1:
                assert _statuses(answers) == [201, 409, 409]


def test_resets_against_the_vendor_and_the_learner(door: Door) -> None:
    site = door.site
    exam = site.exam()
    for _ in range(ROUNDS):
        user, code = door.learner(exam)
        site.ready(code)
        reset = ("POST", f"/api/v1/attempts/{code}/reset", "tom", {"reason": "again"})
        answers = door.race(
            reset,
            reset,
            ("POST", f"/api/v1/attempts/{code}/actions", user, {"action": "start"}),
            ("POST", ready_path(site.external_id(code)), "vendor", b"{}"),
        )
        assert _statuses(answers[:2]) == [201, 409]
        assert answers[2].status_code in (200, 409)
        assert answers[3].status_code == 200
        listed = site.ok("GET", f"/courses/{COURSE}/attempts?user_id={user}", "tom")["items"]
        assert [one["number"] for one in listed] == [2, 1]
        assert listed[0]["status"] == "created"
