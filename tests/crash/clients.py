"""Clients of the hub that never give up: they send the same again until they are answered.

Every acknowledgement is written down; what was acknowledged must be there in the end.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

PATIENCE = 240.0
"""Seconds after which a client that is still not answered is a failure of the test."""

PAUSE = 0.05


@dataclass
class Acknowledged:
    """What the hub has said it has; thread-safe, since lists are appended to only.

    :ivar callbacks: digests of bodies answered with a success.
    :ivar created: attempt codes. :ivar reports: codes of reports that were asked for.
    :ivar decisions: reasons, each given once. :ivar archived: reasons of resets and resumes.
    :ivar reached: attempt code and a status that an answer showed.
    :ivar strange: answers that nobody should ever get.
    :ivar answers: how many answers there were; rings ``answered``.
    :ivar repeats: how often something was sent again, last because of ``last_failure``.
    """

    callbacks: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    reached: list[tuple[str, str]] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    answers: int = 0
    repeats: int = 0
    last_failure: str = ""
    answered: threading.Condition = field(default_factory=threading.Condition)

    def answer(self) -> None:
        """One more."""
        with self.answered:
            self.answers += 1
            self.answered.notify_all()

    def await_more(self, count: int, seconds: float) -> bool:
        """Wait until there are ``count`` more; False where that takes too long."""
        with self.answered:
            wanted = self.answers + count
            return self.answered.wait_for(lambda: self.answers >= wanted, seconds)


class Refused(Exception):
    """A clean refusal: a status below 500 that is no success."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Client:
    """The hub's address, whoever speaks; one per thread.

    :param credentials: of the LMS's and the vendor's machine clients, by ``lms`` and ``vendor``.
    """

    def __init__(
        self, address: str, credentials: dict[str, tuple[str, str]], log: Acknowledged
    ) -> None:
        self.address = address
        self.log = log
        self._credentials = credentials
        self._session = requests.Session()
        self._session.trust_env = False
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        """End its connections."""
        self._session.close()

    def call(
        self, method: str, path: str, who: str = "lms", body: Any = None, key: str | None = None
    ) -> Any:
        """One call of ``/api/v1``, repeated as it is until it is answered; the JSON answered.

        :raises Refused: it was refused in clean words.
        """
        headers = {} if key is None else {"Idempotency-Key": key}

        def once() -> requests.Response:
            sent = headers | {"Authorization": f"Bearer {self.token(who)}"}
            return self._send(method, f"/api/v1{path}", sent, json=body)

        answer = self._until_answered(once)
        if answer.status_code == 401:  # a person's token holds five minutes
            self._tokens.pop(who)
            answer = self._until_answered(once)
        document = answer.json() if answer.content else None
        if answer.status_code >= 400:
            raise Refused(answer.status_code, document["type"].removeprefix("/problems/"))
        return document

    def callback(self, path: str, body: bytes, *, token: bool = True) -> int:
        """A vendor's call, repeated until it is answered; a success is written down."""
        method = "POST" if token or body else "GET"

        def once() -> requests.Response:
            headers = {"Authorization": f"JWT {self.token('vendor')}"} if token else {}
            return self._send(method, path, headers, data=body)

        answer = self._until_answered(once)
        if answer.status_code < 400:
            self.log.callbacks.append(hashlib.sha256(body).hexdigest())
        else:
            self.log.strange.append(f"callback {path.partition('?')[0]}: {answer.status_code}")
        return answer.status_code

    def once(
        self, method: str, path: str, who: str, body: Any, kind: str = "Bearer"
    ) -> requests.Response:
        """Sent a single time: for what is to be refused. ``body``: bytes, or JSON."""
        headers = {"Authorization": f"{kind} {self.token(who)}"}
        more = {"data": body} if isinstance(body, bytes) else {"json": body}
        answer: requests.Response = self._send(method, path, headers, **more)
        return answer

    def token(self, who: str) -> str:
        """A token of a machine client, or of the person ``who``."""
        if who not in self._tokens:
            self._tokens[who] = self._new_token(who)
        return self._tokens[who]

    def _new_token(self, who: str) -> str:
        if who not in self._credentials:
            return str(self.call("POST", "/person-tokens", body={"user_id": who})["token"])
        client_id, secret = self._credentials[who]
        form = {
            "grant_type": "client_credentials", "client_id": client_id, "client_secret": secret,
        }  # fmt: skip
        answer = self._until_answered(
            lambda: self._send("POST", "/oauth2/access_token", {}, data=form)
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def _send(self, method: str, path: str, headers: dict[str, str], **more: Any) -> Any:
        return self._session.request(
            method, self.address + path, headers=headers, timeout=30, allow_redirects=False, **more
        )

    def _until_answered(self, send: Callable[[], requests.Response]) -> requests.Response:
        until = time.monotonic() + PATIENCE
        last = ""
        while time.monotonic() < until:
            try:
                answer = send()
            except requests.RequestException as error:
                last = type(error).__name__
            else:
                if answer.status_code < 500:
                    self.log.answer()
                    return answer
                last = f"{answer.status_code} {answer.text[:200]}"
            self.log.repeats += 1
            self.log.last_failure = last
            threading.Event().wait(PAUSE)
        raise AssertionError(f"no answer within {PATIENCE:.0f} s: {last}")
