"""The receiver of the how-to, as a process of its own, fed by a real hub over HTTP."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from proctor_hub.app import utc_now
from proctor_hub.demo.client import HubClient, path_of
from proctor_hub.demo.processes import free_port
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.jobs.endpoints import ways
from proctor_hub.jobs.relay import Relay
from proctor_hub.jobs.signing import signature, signing_key
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.hub import Hub
from tests.docs.pages import DOCS
from tests.docs.terminal import HUB_COMMAND, Terminal, wait_for
from tests.services.attempts.world import a_world
from tests.transports.support import endpoint, loaded

CODE = DOCS / "how-to" / "code" / "receiver.py"
OLD, NEW, FOREIGN = (
    "whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"o", b"n", b"f")
)

TYPES = ["created", "ready", "started", "completed", "submitted"]


class Site:
    """Where the receiver answers, and what it keeps."""

    def __init__(self, url: str, database: Path) -> None:
        self.url = url
        self.database = database

    def rows(self, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    def send(self, event: dict[str, Any], **changed: Any) -> tuple[int, str]:
        """Post one event as the hub would, apart from what is changed; status, outcome."""
        body = json.dumps(event).encode()
        stamp = str(changed.get("stamp", int(time.time())))
        key = signing_key(SecretStr(changed.get("secret", NEW)))
        headers = {
            "webhook-id": event["id"],
            "webhook-timestamp": stamp,
            "webhook-signature": signature([key], event["id"], stamp, body),
            **changed.get("headers", {}),
        }
        answer = requests.post(
            self.url, data=changed.get("body", body), headers=headers, timeout=20
        )
        told = answer.json()
        return answer.status_code, told.get("outcome", told.get("error"))


@contextmanager
def receiving(database: Path, secrets: str = NEW) -> Iterator[Site]:
    """The receiver, serving, as the page starts it."""
    port = free_port()
    command = [sys.executable, str(CODE), "--port", str(port), "--database", str(database)]
    with subprocess.Popen(command, env={"EVENTS_SECRETS": secrets}) as process:
        try:
            url = f"http://127.0.0.1:{port}/events"
            wait_for(url, process)
            yield Site(url, database)
        finally:
            process.kill()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with receiving(tmp_path / "events.db") as site:
        yield site


def event(sequence: int, to_status: str, *effects: str, credit: str | None = None) -> Any:
    return {
        "id": str(uuid.uuid4()), "sequence": sequence, "exam_id": 1, "course_id": "c",
        "content_id": "final", "user_id": "ada", "to_status": to_status,
        "effects": list(effects), "credit": credit,
    }  # fmt: skip


def types_of(site: Site, user_id: str) -> list[str]:
    rows = site.rows("SELECT user_id, body FROM events ORDER BY rowid")
    return [json.loads(row["body"])["type"] for row in rows if row["user_id"] == user_id]


def relay_to(hub: Hub, url: str, *secrets: str) -> Relay:
    config = endpoint("", "webhook", events_url=url, signing_secrets=list(secrets))
    # The hub's clock stands still in tests; the receiver's does not.
    return Relay(hub, ways(loaded(config, clock=utc_now)))


def test_a_fail_and_its_revert_arrive_once_and_in_order(database_url: str, site: Site) -> None:
    with a_world(database_url) as world:
        record = world.attempt(AttemptStatus.SECOND_REVIEW_REQUIRED)
        relay = relay_to(world.hub, site.url, NEW)
        relay.run_once()
        decide(world.hub, world.prof, record.code, DecisionWord.FAIL, reason="seen")
        relay.run_once()
        (exam,) = site.rows("SELECT * FROM exams")
        assert (exam["override"], exam["credit"], exam["is_open"]) == (0, "failed", 0)
        decide(world.hub, world.prof, record.code, DecisionWord.REVERT, reason="seen again")
        relay.run_once()
        (exam,) = site.rows("SELECT * FROM exams")
        assert (exam["override"], exam["credit"]) == (None, "satisfied")
        assert exam["status"] == AttemptStatus.VERIFIED
    kept = site.rows("SELECT outcome, sequence FROM events ORDER BY rowid")
    assert {row["outcome"] for row in kept} == {"applied"}
    assert [row["sequence"] for row in kept] == sorted({row["sequence"] for row in kept})


def test_secrets_are_exchanged_without_losing_an_event(sqlite_url: str, tmp_path: Path) -> None:
    database = tmp_path / "events.db"
    with a_world(sqlite_url) as world:
        world.attempt(AttemptStatus.SUBMITTED)
        with receiving(database, OLD) as site:
            # Step 1: the hub has both, the receiver the old one.
            relay_to(world.hub, site.url, NEW, OLD).run_once()
            assert types_of(site, "ada") == TYPES
            # The hub must not be ahead: the new one alone is refused, and waits.
            world.attempt(AttemptStatus.SUBMITTED, user_id="ben")
            relay_to(world.hub, site.url, NEW).run_once()
            assert types_of(site, "ben") == []
        with receiving(database, f"{NEW}, {OLD}") as site:
            world.clock.move(hours=1)
            relay_to(world.hub, site.url, NEW).run_once()
            assert types_of(site, "ben") == types_of(site, "ada") == TYPES


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"body": b'{"id": "x", "effects": ["override_grade_zero"]}'}, 401),
        ({"headers": {"webhook-signature": ""}}, 401),
        ({"headers": {"webhook-signature": "v1,AAAA v1a,xx ="}}, 401),
        ({"headers": {"webhook-id": "another"}}, 401),
        ({"headers": {"webhook-timestamp": "soon"}}, 401),
        ({"secret": FOREIGN}, 401),
        ({"stamp": int(time.time()) - 3600}, 401),
        ({"stamp": int(time.time()) + 3600}, 401),
        ({"body": b"x" * 70_000}, 413),
    ],
)
def test_what_the_hub_did_not_sign_lately_changes_nothing(
    site: Site, changed: dict[str, Any], status: int
) -> None:
    assert site.send(event(1, "rejected", "override_grade_zero"), **changed)[0] == status
    assert site.rows("SELECT * FROM events") == site.rows("SELECT * FROM exams") == []


def test_a_repeated_event_is_known_after_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "events.db"
    fail, undo = event(5, "rejected", "override_grade_zero"), event(6, "verified", "undo_override")
    with receiving(database) as site:
        assert site.send(fail) == (200, "applied")
        assert site.send(undo) == (200, "applied")
    with receiving(database) as site:
        assert site.send(fail) == (200, "repeated")
        assert site.rows("SELECT override FROM exams") == [{"override": None}]
        assert len(site.rows("SELECT * FROM events")) == 2


def test_a_late_event_is_kept_and_undoes_nothing(site: Site) -> None:
    assert site.send(event(6, "verified", "undo_override")) == (200, "applied")
    assert site.send(event(5, "rejected", "override_grade_zero")) == (200, "late")
    assert site.rows("SELECT status, override FROM exams") == [
        {"status": "verified", "override": None}
    ]
    assert [row["outcome"] for row in site.rows("SELECT outcome FROM events")] == [
        "applied",
        "late",
    ]
    # Another exam in the same place, as after a change of vendor, counts for itself.
    assert site.send({**event(1, "created"), "exam_id": 2}) == (200, "applied")


def test_what_it_cannot_do_is_not_acknowledged_and_not_half_done(site: Site) -> None:
    unknown = event(1, "rejected", "override_grade_zero", "set_fire")
    assert site.send(unknown) == (422, "this receiver does not know the effect set_fire")
    incomplete = event(1, "rejected", "override_grade_zero")
    del incomplete["credit"]
    assert site.send(incomplete) == (500, "KeyError")
    assert site.rows("SELECT * FROM events") == site.rows("SELECT * FROM exams") == []


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(CODE), "--port", "0", "--database", str(tmp_path / "x.db")],
        env={"EVENTS_SECRETS": f"{NEW},"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert "empty secret" in done.stderr


def test_the_same_event_from_several_senders_at_once_is_applied_once(site: Site) -> None:
    one = event(5, "rejected", "override_grade_zero")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.send(one), range(16)))
    assert sorted(answers) == [(200, "applied"), *[(200, "repeated")] * 15]
    assert len(site.rows("SELECT * FROM events")) == 1


CONFIG = """
public_url = "{hub}"

[lms]
events_url = "{lms}"
signing_secrets = ["{new}", "{old}"]

[lms.endpoints.law]
courses = ["course-v1:Example+Law*"]
events_url = "{law}"
signing_secret = "{new}"

[lms.endpoints.nobody]
transport = "pigeon"
"""


@pytest.mark.timeout(300)
def test_a_served_hub_feeds_each_endpoint_and_a_broken_one_stops_nothing(tmp_path: Path) -> None:
    port = free_port()
    hub = f"http://127.0.0.1:{port}"
    with (
        receiving(tmp_path / "lms.db", OLD) as lms,
        receiving(tmp_path / "law.db", NEW) as law,
    ):
        config = CONFIG.format(hub=hub, lms=lms.url, law=law.url, new=NEW, old=OLD)
        (tmp_path / "proctor-hub.toml").write_text(config, encoding="utf-8")
        shell = Terminal(tmp_path, {})
        with shell.serving(f"{hub}/healthz", HUB_COMMAND, "serve", "--port", str(port)):
            made = json.loads(
                shell.run(HUB_COMMAND, "clients", "create", "--kind", "lms", "--json")
            )
            client = HubClient(hub, made["client_id"], made["client_secret"])
            takes_quiz(client, "course-v1:Example+Law+1", "ada")
            takes_quiz(client, "course-v1:Example+Chem+1", "ben")
            until(lambda: len(lms.rows("SELECT * FROM events")) == 2 * len(QUIZ))
            until(lambda: len(law.rows("SELECT * FROM events")) == len(QUIZ))
        assert types_of(lms, "ada") == types_of(lms, "ben") == types_of(law, "ada") == QUIZ
        assert types_of(law, "ben") == []
        log = (tmp_path / "server.log").read_text(encoding="utf-8")
        assert "endpoint_broken" in log and "has a transport 'pigeon'" in log


QUIZ = ["created", "started", "completed", "submitted"]


def takes_quiz(client: HubClient, course_id: str, user_id: str) -> None:
    """A course with a timed quiz, and a learner who takes it."""
    client.call("PUT", path_of("courses", course_id), {"title": "A course"})
    client.call("PUT", path_of("people", user_id), {"username": user_id})
    client.call("PUT", path_of("courses", course_id, "enrolments", user_id), {"track": "verified"})
    quiz = {"content_id": "quiz", "name": "Quiz", "exam_type": "timed", "time_limit_minutes": 30}
    exam = client.call("POST", path_of("courses", course_id, "exams"), quiz)
    body = {"exam_id": exam["id"], "user_id": user_id}
    attempt = client.call("POST", path_of("attempts"), body)
    for action in ("start", "submit"):
        client.call("POST", path_of("attempts", attempt["code"], "actions"), {"action": action})


def until(true: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never happened")
