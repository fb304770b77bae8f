"""A vendor that hangs, and one that answers garbage: nobody else notices, and nothing is lost."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from proctor_hub.storage.engine import Database
from tests.crash.outside import Answer, Call
from tests.crash.seeds import seed, told
from tests.crash.site import Ground, await_rest, ground
from tests.crash.stories import Story
from tests.crash.verdict import pass_judgement

PATIENCE = 60.0
OTHERS = 6


@contextmanager
def _field(tmp_path: Path, url: str) -> Iterator[Ground]:
    print(told())
    with ground(tmp_path, url, random.Random(seed())) as field:
        field.lms.failing = 0.0
        yield field
        database = Database(url)
        try:
            await_rest(field, database)
            pass_judgement(field, database)
        finally:
            database.close()


class Hanging:
    """The REST vendor takes calls and does not answer; the other vendor is well."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.waiting = 0
        self.begun = threading.Event()
        self.over = threading.Event()

    def __call__(self, call: Call) -> Answer | None:
        """Hold a call until it is over."""
        if call.path.startswith("/register") or self.over.is_set():
            return None
        with self._lock:
            self.waiting += 1
        self.begun.set()
        self.over.wait(PATIENCE * 3)
        return None


@pytest.mark.timeout(400)
def test_a_vendor_that_hangs(tmp_path: Path, database_url: str) -> None:
    with _field(tmp_path, database_url) as field:
        first = Story(field.site, field.log, "before", "proctortrack")
        code = first.submitted()
        first.review(code)
        hanging = field.vendors.mood = Hanging()
        # Its notices hang in the relay, a learner's launch hangs in a request.
        stuck = [Story(field.site, field.log, f"stuck-{n}", "proctortrack") for n in range(3)]
        launches = [threading.Thread(target=story.submitted, daemon=True) for story in stuck]
        for thread in launches:
            thread.start()
        assert hanging.begun.wait(PATIENCE)
        # All of the other vendor's learners get to the end, and its and even the hanging
        # vendor's own callbacks are taken, while it still hangs.
        for number in range(OTHERS):
            story = Story(field.site, field.log, f"other-{number}", "rpnow")
            other = story.submitted()
            story.review(other)
            first.review(code)
            story.client.close()
        _await_events(field, OTHERS)
        assert not hanging.over.is_set() and hanging.waiting
        hanging.over.set()
        for thread in launches:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a learner was forgotten"
        for story in (first, *stuck):
            story.client.close()


def _await_events(field: Ground, learners: int) -> None:
    """The LMS has heard of the submits of all the other vendor's learners."""
    for _ in range(int(PATIENCE / 0.1)):
        events = field.lms.events()
        told_of = {e["user_id"] for e in events if e["type"] == "submitted"}
        if sum(user.startswith("learner-other-") for user in told_of) == learners:
            return
        threading.Event().wait(0.1)
    raise AssertionError("the other vendor's events wait, too")


def _http(body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


GARBAGE: dict[str, Any] = {
    "a page": _http(b"<!doctype html><title>Sign in</title>", "text/html"),
    "no id": (200, {}),
    "a wrong type": (200, {"id": {"id": 1}, "status": ["submitted"]}),
    "a list": (200, [1, 2, 3]),
    "half of it": _http(b'{"id": "ses')[:-3],
    "a huge body": _http(b'{"id": "' + b"x" * 20_000_000 + b'"}'),
    "nothing": _http(b""),
    "not HTTP": b"\x00\xff\x00 hello\r\n\r\n",
}


@pytest.mark.timeout(400)
def test_a_vendor_that_answers_garbage(tmp_path: Path, sqlite_url: str) -> None:
    with _field(tmp_path, sqlite_url) as field:
        for name, answer in GARBAGE.items():
            _one_learner(field, name, answer)
        # Garbage is tried again seldom: an operator who had the vendor mend it does not wait.
        printed = field.launcher.run(
            "waiting", "deliveries", "list", "--state", "waiting", "--json"
        )
        for number, row in enumerate(json.loads(printed)["items"]):
            command = ("deliveries", "retry", str(row["id"]))
            # 1: it was delivered meanwhile
            field.launcher.run(f"retry-{number}", *command, expected=(0, 1))


def _one_learner(field: Ground, name: str, answer: Answer | bytes) -> None:
    story = Story(field.site, field.log, name.replace(" ", "-"), "proctortrack")
    story.enrol()
    wrong = threading.Event()

    def mood(call: Call) -> Answer | bytes | None:
        if "/attempt" not in call.path:
            return None
        wrong.set()
        return answer

    field.vendors.mood = mood
    made = story.client.call(
        "POST", "/attempts", body={"exam_id": field.site.exams["proctortrack"][0],
                                   "user_id": story.user}
    )  # fmt: skip
    assert wrong.is_set()
    assert made["problem"] is not None, name
    assert made["status"] == "created"
    field.vendors.mood = None
    code = made["code"]
    assert story.registered(code) is not None
    story.ready(code)
    story.act(code, "start")
    wrong.clear()
    field.vendors.mood = mood
    story.act(code, "submit")
    assert wrong.wait(PATIENCE), "the notice never went out"
    assert story.seen(code)["status"] == "completed"
    field.vendors.mood = None
    story.client.close()
