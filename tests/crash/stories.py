"""What learners, vendors and staff do, one learner after the other, each from its own seed."""

from __future__ import annotations

import json
import random
import threading
import traceback
from dataclasses import dataclass
from typing import Any

from tests.crash.clients import Acknowledged, Client, Refused
from tests.crash.outside import Vendors

TEAM = ("tea", "tom")
SUPPORT = "sue"
COURSES = {"proctortrack": "course-of-proctortrack", "rpnow": "course-of-rpnow"}
ACCEPTABLE = frozenset({"illegal_move", "attempt_archived", "another_attempt_running",
    "not_entitled", "not_launchable", "opt_out_refused", "resume_refused", "busy",
    "readiness_lapsed", "live_attempt_exists"})  # fmt: skip
"""Refusals that tell a client who sends something again that it has happened, or is too late."""


@dataclass(frozen=True)
class Site:
    """What the stories play on. ``review_url``: where RPNow sends its reviews, path and query."""

    address: str
    credentials: dict[str, tuple[str, str]]
    exams: dict[str, list[int]]
    review_url: str
    vendors: Vendors


class Story:
    """One learner's, from enrolment to the last word of staff."""

    def __init__(self, site: Site, log: Acknowledged, seed: str, slug: str | None = None) -> None:
        self.chance = random.Random(seed)
        self.user = f"learner-{seed}"
        self.slug = slug or self.chance.choice(list(COURSES))
        self.site = site
        self.log = log
        self.client = Client(site.address, site.credentials, log)
        self._nonces = 0

    def play(self) -> None:
        """All of it."""
        self.enrol()
        for exam in self.chance.sample(self.site.exams[self.slug], self.chance.randint(1, 2)):
            code = self.create(exam)
            if code is None:
                continue
            kind = self.chance.random()
            if kind < 0.1:
                self._do("POST", f"/attempts/{code}/decline")
            elif kind > 0.15:
                self._take(code)
        if self.chance.random() < 0.15:
            self._report(COURSES[self.slug])

    def enrol(self) -> None:
        """The LMS tells of the learner."""
        names = {"username": self.user, "full_name": "Some Body", "email": f"{self.user}@x.test"}
        self._do("PUT", f"/people/{self.user}", body=names)
        course = COURSES[self.slug]
        self._do("PUT", f"/courses/{course}/enrolments/{self.user}", body={"track": "verified"})

    def submitted(self, place: int = 0) -> str:
        """A learner's exam taken up to the submit; its code."""
        self.enrol()
        code = self.create(self.site.exams[self.slug][place])
        assert code is not None
        assert self.registered(code) is not None
        self.ready(code)
        self.act(code, "start")
        self.act(code, "submit")
        return code

    def review_address(self, code: str) -> str:
        """Where the REST vendor's reviews of an attempt go."""
        external_id = self.seen(code)["external_id"]
        return f"/api/edx_proctoring/v1/proctored_exam/attempt/{external_id}/reviewed"

    # -- the learner

    def create(self, exam: int) -> str | None:
        """The learner's attempt at an exam, whoever had to be asked how often."""
        body = {"exam_id": exam, "user_id": self.user}
        key = f"{self.user}-{exam}"
        while True:
            try:
                made = self.client.call("POST", "/attempts", body=body, key=key)
            except Refused as refusal:
                if refusal.code == "request_in_progress":
                    # The process that had claimed the key is dead; what it did is there, or not.
                    found = self._live(exam)
                    if found is not None:
                        return found
                    key += "-again"
                    continue
                if refusal.code == "live_attempt_exists":
                    return self._live(exam)
                raise
            self.log.created.append(made["code"])
            return str(made["code"])

    def _live(self, exam: int) -> str | None:
        path = f"/courses/{COURSES[self.slug]}/attempts?user_id={self.user}&exam_id={exam}"
        found = self.client.call("GET", path, "tea")["items"]
        return next((str(one["code"]) for one in found if one["live"]), None)

    def _take(self, code: str) -> None:
        if self.registered(code) is None:
            return
        self.ready(code)
        self.act(code, "start")
        if self.chance.random() < 0.3:
            self.act(code, "finish")
        if self.chance.random() < 0.12:
            self.act(code, "fault")
            return self._after_fault(code)
        self.act(code, "submit")
        for _ in range(self.chance.randint(1, 3)):
            self.review(code)
            if self.chance.random() < 0.4:
                self._decide(code)
        if self.chance.random() < 0.15:
            self._anew(code, "reset")
        return None

    def _after_fault(self, code: str) -> None:
        if self.chance.random() < 0.5:
            self._anew(code, "resume")
        else:
            self._decide(code)

    def _anew(self, code: str, how: str) -> None:
        reason = self._nonce(how)
        made = self._do("POST", f"/attempts/{code}/{how}", "tea", {"reason": reason})
        if made is not None:
            self.log.archived.append(reason)
            if self.chance.random() < 0.5:
                self._take(made["code"])

    def registered(self, code: str) -> dict[str, Any] | None:
        """The attempt once it has a session; launched until it has."""
        for _ in range(20):
            seen = self.seen(code)
            if seen["external_id"] is not None:
                return seen
            if seen["status"] == "declined":  # with the learner's first exam
                return None
            self._do("POST", f"/attempts/{code}/launch")
        self.log.strange.append(f"{code} never gets a session")
        return None

    def act(self, code: str, action: str) -> None:
        """What the learner does in the exam."""
        done = self._do("POST", f"/attempts/{code}/actions", self.user, {"action": action})
        if done is not None:
            self.log.reached.append((code, done["status"]))

    def seen(self, code: str) -> dict[str, Any]:
        """The attempt as the course team sees it."""
        found: dict[str, Any] = self.client.call("GET", f"/attempts/{code}", "tea")
        return found

    # -- the vendor

    def ready(self, code: str) -> None:
        """The vendor says that the session is ready."""
        if self.slug == "rpnow":
            # The newest registration's address; an earlier one opens the same attempt.
            url = self.site.vendors.start_urls[code]
            self.client.callback(url.removeprefix(self.site.address), b"", token=False)
            return
        external_id = self.seen(code)["external_id"]
        path = f"/api/edx_proctoring/v1/proctored_exam/attempt/{external_id}/ready"
        self.client.callback(path, json.dumps({"nonce": self._nonce("ready")}).encode())

    def review(self, code: str) -> None:
        status = self.chance.choice(["passed", "violation", "suspicious", "suspicious"])
        note = self._nonce("review")
        if self.slug == "rpnow":
            external_id = self.seen(code)["external_id"]
            word = {"passed": "Clean", "violation": "Rules Violation"}.get(status, "Suspicious")
            meta = {"examCode": code, "ssiRecordLocator": external_id}
            comments = [{"comments": note, "eventStatus": "Suspicious", "duration": 1}]
            body = {"examMetaData": meta, "reviewStatus": word, "desktopComments": comments}
            path = self.site.review_url
        else:
            comments = [{"comment": note, "status": "suspicious"}]
            body = {"status": status, "comments": comments}
            path = self.review_address(code)
        for _ in range(1 + (self.chance.random() < 0.3)):
            self.client.callback(path, json.dumps(body).encode(), token=self.slug != "rpnow")

    # -- staff

    def _decide(self, code: str) -> None:
        who = self.chance.choice([*TEAM, SUPPORT])
        word = self.chance.choice(["pass", "fail", "fail", "escalate", "revert"])
        reason = self._nonce(word)
        body = {"decision": word, "reason": reason}
        if self._do("POST", f"/attempts/{code}/decisions", who, body) is not None:
            self.log.decisions.append(reason)

    def _report(self, course: str) -> None:
        body = {"kind": self.chance.choice(["results", "legacy"])}
        asked = self._do("POST", f"/courses/{course}/reports", "tea", body)
        if asked is not None:
            self.log.reports.append(asked["code"])

    # -- everybody

    def _do(self, method: str, path: str, who: str = "lms", body: Any = None) -> Any:
        """A call that may be refused since it happened already, or comes too late."""
        try:
            return self.client.call(method, path, who, body)
        except Refused as refusal:
            if refusal.code not in ACCEPTABLE:
                self.log.strange.append(f"{method} {path}: {refusal}")
            return None

    def _nonce(self, word: str) -> str:
        self._nonces += 1
        return f"{word} {self._nonces} of {self.user}"


class Crowd:
    """Learners on several threads, one story after the other, until told to stop."""

    def __init__(self, site: Site, log: Acknowledged, seed: int, threads: int) -> None:
        self._site = site
        self._log = log
        self._seed = seed
        self._stopping = threading.Event()
        self.errors: list[str] = []
        self.told = 0
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Begin no new story; wait for those that are being played."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a story does not come to its end"

    def _run(self, thread: int) -> None:
        number = 0
        while not self._stopping.is_set() and not self.errors:
            story = Story(self._site, self._log, f"{self._seed}-{thread}-{number}")
            number += 1
            try:
                story.play()
                self.told += 1
            except BaseException:
                self.errors.append(f"{story.user}: {traceback.format_exc()}")
            finally:
                story.client.close()
