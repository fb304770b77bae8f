"""Callbacks to the hub: a token at `{lms_host}/oauth2/access_token`, then ready and reviewed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import requests

from .journal import Entry, Journal
from .model import Attempt
from .settings import SandboxSettings

Kind = Literal["ready", "reviewed"]
MAX_ANSWER = 64 * 1024
# A token is renewed this long before the hub would refuse it.
RENEW_EARLY_S = 30
CONNECT_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the hub said to one callback; `status` None with `error` where it said nothing.

    `step` is `token` where the callback was not sent because no token was given.
    """

    kind: Kind
    external_id: str
    step: Literal["token", "callback"] = "callback"
    status: int | None = None
    body: Any = None
    error: str | None = None


class _NoTokenError(Exception):
    """The hub gave no token; carries the status it answered, if any, and the reason."""

    def __init__(self, status: int | None, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def hub_base(lms_host: str, fallback: str | None) -> str | None:
    """Where to call back: `lms_host` if it is a plain http(s) address, else `fallback`, or None."""
    try:
        parts = urlsplit(lms_host)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return fallback.rstrip("/") if fallback else None
    if not usable or parts.username is not None or parts.query or parts.fragment:
        return fallback.rstrip("/") if fallback else None
    return lms_host.rstrip("/")


class HubCaller:
    """Calls the hub back, with one cached token per hub address."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Callable[[], datetime],
        journal: Journal,
        lock: RLock,
    ) -> None:
        """Start without tokens; `lock` guards the cache and is never held during a call."""
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._lock = lock
        self._tokens: dict[str, tuple[str, float]] = {}

    def send(self, attempt: Attempt, kind: Kind, body: dict[str, Any]) -> Answer:
        """Post one callback and return the hub's answer; a failed call is an Answer too.

        On 401 a new token is fetched and the callback sent once more.
        """
        base = attempt.hub_base
        url = (
            f"{base}/api/edx_proctoring/v1/proctored_exam/attempt/"
            f"{quote(attempt.id, safe='')}/{kind}"
        )
        try:
            status, text = self._post(url, json_body=body, token=self._token(base))
            if status == 401:
                with self._lock:
                    self._tokens.pop(base, None)
                status, text = self._post(url, json_body=body, token=self._token(base))
        except _NoTokenError as error:
            return Answer(
                kind=kind,
                external_id=attempt.id,
                step="token",
                status=error.status,
                error=error.reason,
            )
        except requests.RequestException as error:
            return Answer(kind=kind, external_id=attempt.id, error=type(error).__name__)
        return Answer(kind=kind, external_id=attempt.id, status=status, body=_parsed(text))

    def _token(self, base: str) -> str:
        """A token the hub should accept, cached or fetched. Raises _NoTokenError."""
        now = self._clock().timestamp()
        with self._lock:
            cached, good_until = self._tokens.get(base, ("", 0.0))
        if cached and now < good_until:
            return cached
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.hub_client_id,
            "client_secret": self._settings.hub_client_secret,
            "token_type": "jwt",
        }
        try:
            status, text = self._post(f"{base}/oauth2/access_token", form=form)
        except requests.RequestException as error:
            raise _NoTokenError(None, type(error).__name__) from None
        answer = _parsed(text)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if status != 200 or not isinstance(token, str) or not token:
            raise _NoTokenError(status, "the hub gave no token")
        lifetime = answer.get("expires_in")
        seconds = lifetime if isinstance(lifetime, (int, float)) else 0
        with self._lock:
            self._tokens[base] = (token, now + seconds - RENEW_EARLY_S)
        return token

    def _post(
        self,
        url: str,
        *,
        json_body: dict[str, Any] | None = None,
        form: dict[str, str] | None = None,
        token: str | None = None,
    ) -> tuple[int, str]:
        """One POST, bounded in time and size, no redirects; journalled whatever comes of it."""
        headers = {} if token is None else {"Authorization": f"JWT {token}"}
        status: int | None = None
        note = ""
        try:
            with requests.Session() as session:
                # Proxies and .netrc of the environment have no say in where secrets go.
                session.trust_env = False
                with session.post(
                    url,
                    json=json_body,
                    data=form,
                    headers=headers,
                    timeout=(CONNECT_TIMEOUT_S, self._settings.callback_timeout_s),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    raw = next(response.iter_content(MAX_ANSWER), b"")
                    status = response.status_code
                    return status, raw.decode(errors="replace")
        except requests.RequestException as error:
            note = type(error).__name__
            raise
        finally:
            self._journal.add(
                Entry(
                    at=self._clock(),
                    direction="out",
                    method="POST",
                    path=url,
                    status=status,
                    note=note,
                )
            )


def _parsed(text: str) -> Any:
    """The answer as JSON where it is JSON, else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
