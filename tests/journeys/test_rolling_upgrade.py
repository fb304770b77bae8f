"""A rolling upgrade: the version before goes on next to today's, on one PostgreSQL database."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import requests

from proctor_hub.storage import migrate
from proctor_hub.storage.schema import Standing
from proctor_hub.testing.fake_vendor import ready_path, review_body, reviewed_path

OLD = Path(__file__).parents[1] / "data" / "proctor_hub-at-0004.whl"
OLD_SCHEMA = "0004"
COURSE = "course-v1:Acme+Rolling+2026"
ROUNDS = 5
PATIENCE = 90.0
STATUSES = ["created", "ready_to_start", "started", "completed", "submitted", "verified"]
_KEY = "t:" + "a2tr" * 10 + "a2s="


class Installation:
    """A version of the hub on a path of its own, with the fake vendor installed."""

    def __init__(self, folder: Path, url: str, sink: str, *path: Path) -> None:
        plugin = folder / "plugin"
        info = plugin / "acme_fake-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-fake\nVersion: 1.0\n")
        entry = "[proctor_hub.vendors]\nacme = proctor_hub.testing.fake_vendor:FakeVendor\n"
        (info / "entry_points.txt").write_text(entry)
        (folder / "proctor-hub.toml").write_text("[vendors.acme]\n")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}
        self._folder = folder
        self._environment = {
            **kept,
            "PYTHONPATH": os.pathsep.join(map(str, (*path, plugin))),
            "PROCTOR_HUB_DATABASE_URL": url,
            "PROCTOR_HUB_ENCRYPTION_KEYS": _KEY,
            "PROCTOR_HUB_LMS__EVENTS_URL": sink,
        }

    def run(self, *arguments: str) -> str:
        """A command to its end; what it printed."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def serving(self, name: str, *arguments: str) -> Iterator[str]:
        """``serve`` while the block runs; yields its address. It must end as it is told."""
        log = self._folder / f"{name}.log"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                self._command(("serve", "--port", "0", *arguments)),
                cwd=self._folder,
                env=self._environment,
                stderr=stderr,
            )
        try:
            yield _address(log, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                process.kill()
        assert process.returncode in (0, -signal.SIGTERM), log.read_text()
        assert "Traceback" not in log.read_text()

    @staticmethod
    def _command(arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "proctor_hub.cli", *arguments]


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    found: list[str] = []

    def listens() -> bool:
        assert process.poll() is None, log.read_text()
        found[:] = re.findall(r"listens on (http://\S+)", log.read_text())
        return bool(found)

    until(listens)
    return found[0]


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something that other processes bring about."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if condition():
            return
        pause.wait(0.1)
    raise AssertionError("it never happened")


class Sink:
    """An LMS that writes down the events it is sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                sink.events.append(json.loads(self.rfile.read(length)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/events"

    @contextmanager
    def listening(self) -> Iterator[None]:
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()


class Client:
    """Calls a hub as a machine; whatever it is answered must be a success."""

    def __init__(self, address: str, credentials: Mapping[str, str]) -> None:
        self._address = address
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials["client_id"],
            "client_secret": credentials["client_secret"],
        }
        token = self._checked(
            requests.post(f"{address}/oauth2/access_token", data=form, timeout=30)
        )
        self._headers = {"Authorization": f"Bearer {token['access_token']}"}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the API."""
        url = f"{self._address}/api/v1{path}"
        return self._checked(
            requests.request(method, url, json=body, headers=self._headers, timeout=30)
        )

    def callback(self, path: str, body: bytes) -> None:
        """A call as the vendor."""
        url = self._address + path
        self._checked(requests.post(url, data=body, headers=self._headers, timeout=30))

    @staticmethod
    def _checked(answer: requests.Response) -> Any:
        assert answer.status_code < 300, f"{answer.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


class Trickle:
    """Learners who take an exam one after the other, each through the next of some hubs.

    :param hubs: pairs of an LMS's and a vendor's client; may grow.
    """

    def __init__(self, url: str, exam: int, hubs: list[tuple[Client, Client]]) -> None:
        self._dsn = url.replace("postgresql+psycopg", "postgresql")
        self._exam = exam
        self.hubs = hubs
        self.taken = 0
        self.errors: list[BaseException] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Trickle:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join()

    def wait(self, more: int) -> None:
        """Until so many more exams were taken; fails with the first error."""
        goal = self.taken + more
        until(lambda: self.taken >= goal or bool(self.errors))
        if self.errors:
            raise self.errors[0]

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._take(f"learner-{self.taken}")
                self.taken += 1
        except BaseException as error:  # shown by whoever waits
            self.errors.append(error)

    def _take(self, user: str) -> None:
        # Each step through the next hub, so that both write to the same attempts.
        step = iter(range(self.taken, self.taken + 100))

        def lms() -> Client:
            return self.hubs[next(step) % len(self.hubs)][0]

        def vendor() -> Client:
            return self.hubs[next(step) % len(self.hubs)][1]

        body = {"username": user, "full_name": user, "email": f"{user}@x.test"}
        lms().call("PUT", f"/people/{user}", body)
        lms().call("PUT", f"/courses/{COURSE}/enrolments/{user}", {"track": "verified"})
        new = {"exam_id": self._exam, "user_id": user}
        code = lms().call("POST", "/attempts", new)["code"]
        external_id = self._external_id(code)
        vendor().callback(ready_path(external_id), b"{}")
        for action in ("start", "submit"):
            lms().call("POST", f"/attempts/{code}/actions", {"action": action})
        vendor().callback(reviewed_path(external_id), review_body("passed"))

    def _external_id(self, code: str) -> str:
        with psycopg.connect(self._dsn) as connection:
            query = "SELECT external_id FROM attempts WHERE code = %s"
            row = connection.execute(query, [code]).fetchone()
        assert row is not None
        return str(row[0])


def test_both_versions_go_on_during_an_upgrade(empty_postgresql_url: str, tmp_path: Path) -> None:
    url, sink = empty_postgresql_url, Sink()
    with zipfile.ZipFile(OLD) as wheel:
        wheel.extractall(tmp_path / "old")
    old = Installation(tmp_path, url, sink.url, tmp_path / "old")
    new = Installation(tmp_path, url, sink.url)
    old.run("db", "upgrade")
    assert migrate.current(url) == OLD_SCHEMA
    lms, vendor = (
        json.loads(old.run("clients", "create", "--json", "--kind", *kind))
        for kind in (["lms"], ["vendor", "--vendor", "acme"])
    )
    with ExitStack() as stack:
        stack.enter_context(sink.listening())
        before = stack.enter_context(old.serving("old", "--no-jobs"))
        first = (Client(before, lms), Client(before, vendor))
        exam = _course_with_exam(first[0])
        hubs = [first]
        with Trickle(url, exam, hubs) as trickle:
            trickle.wait(ROUNDS)
            new.run("db", "upgrade")
            assert migrate.standing(url)[0] is Standing.CURRENT
            # The old process goes on, on the new schema, alone.
            trickle.wait(ROUNDS)
            after = stack.enter_context(new.serving("new"))
            hubs.append((Client(after, lms), Client(after, vendor)))
            trickle.wait(2 * ROUNDS)
        if trickle.errors:
            raise trickle.errors[0]
        until(lambda: _waiting(url) == 0)
    _ensure_in_order(sink.events, trickle.taken)


def _course_with_exam(lms: Client) -> int:
    course = {"proctoring_enabled": True, "vendor": "acme", "title": "Rolling"}
    lms.call("PUT", f"/courses/{COURSE}", course)
    exam = {
        "content_id": "block-1",
        "name": "Midterm",
        "exam_type": "proctored",
        "time_limit_minutes": 30,
    }
    return int(lms.call("POST", f"/courses/{COURSE}/exams", exam)["id"])


def _waiting(url: str) -> int:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        query = "SELECT count(*) FROM outbox WHERE destination = 'lms' AND delivered_at IS NULL"
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _ensure_in_order(events: list[dict[str, Any]], learners: int) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    types: dict[str, list[str]] = defaultdict(list)
    for event in events:
        # At least once: what comes again is what the LMS has had already.
        if event["sequence"] not in seen[event["user_id"]]:
            seen[event["user_id"]].append(event["sequence"])
            types[event["user_id"]].append(event["to_status"])
    assert len(seen) == learners >= 4 * ROUNDS
    for user, sequence in seen.items():
        assert sequence == sorted(sequence), user
        assert types[user] == STATUSES, user
