"""A client of the hub's API as an LMS would write one: tokens, people, problems."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.parse import quote

import requests

TIMEOUT = (3.0, 30.0)
EARLY = 30.0
"""Seconds before its end at which a token is renewed."""


class HubRefused(Exception):
    """The hub answered with a problem.

    :param status: the HTTP status. :param code: the last part of the problem's type.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


class HubClient:
    """Calls the hub as the LMS, or as one of its users; safe to use from several threads.

    :param base_url: where the hub is. The credentials are those of a client of kind ``lms``.
    """

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self._base = base_url.rstrip("/")
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._http = requests.Session()
        self._http.trust_env = False
        self._lock = threading.RLock()
        self._tokens: dict[str | None, tuple[str, float]] = {}

    def call(
        self, method: str, path: str, body: Any = None, *, user: str | None = None, **more: Any
    ) -> Any:
        """One call under ``/api/v1``; the JSON answer, None where it has no body.

        :param path: made with :func:`path_of`. :param user: the LMS user who acts, else the LMS.
        :raises HubRefused: any answer but 2xx. :raises requests.RequestException: no answer.
        """
        response = self._send(method, path, body, user=user, **more)
        return response.json() if response.content else None

    def download(self, url: str) -> tuple[str, str]:
        """What a link of the hub leads to, as a browser without a token gets it.

        :return: the file's name, and its text.
        """
        if not url.startswith(f"{self._base}/"):
            raise HubRefused(0, "elsewhere", "the link does not lead to the hub")
        answer = self._exchange("GET", url.removeprefix(self._base))
        head = Message()
        head["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
        return head.get_filename(""), answer.content.decode("utf-8")

    def pages(self, path: str, *, user: str | None = None, **params: str) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            asked = {**params, **({} if cursor is None else {"cursor": cursor})}
            page = self.call("GET", path, user=user, params=asked)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _send(
        self, method: str, path: str, body: Any, *, user: str | None, **more: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token(user)}", **more.pop("headers", {})}
        return self._exchange(method, f"/api/v1{path}", json=body, headers=headers, **more)

    def _exchange(self, method: str, path: str, **more: Any) -> requests.Response:
        with self._lock:
            response = self._http.request(
                method, self._base + path, timeout=TIMEOUT, allow_redirects=False, **more
            )
        if not 200 <= response.status_code <= 299:
            raise _refusal(response)
        return response

    def _token(self, user: str | None) -> str:
        with self._lock:
            text, until = self._tokens.get(user, ("", 0.0))
            if time.monotonic() < until:
                return text
            found = self._lms_token() if user is None else self._person_token(user)
            self._tokens[user] = found
            return found[0]

    def _lms_token(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", **self._credentials}
        answer = self._exchange("POST", "/oauth2/access_token", data=form).json()
        return answer["access_token"], time.monotonic() + answer["expires_in"] - EARLY

    def _person_token(self, user: str) -> tuple[str, float]:
        answer = self.call("POST", "/person-tokens", {"user_id": user})
        return answer["token"], time.monotonic() + answer["expires_in"] - EARLY


def path_of(*parts: str | int) -> str:
    """A path under ``/api/v1``, each part quoted: course ids hold colons and plus signs."""
    return "".join("/" + quote(str(part), safe="") for part in parts)


def _refusal(response: requests.Response) -> HubRefused:
    try:
        problem = response.json()
        code = str(problem.get("type") or problem.get("error", "")).rsplit("/", 1)[-1]
        detail = str(problem.get("detail") or problem.get("error_description", ""))
    except (ValueError, AttributeError):
        code, detail = "unreadable", "the answer is no problem document"
    return HubRefused(response.status_code, code, detail)
