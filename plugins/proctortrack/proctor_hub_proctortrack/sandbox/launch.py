"""Signed links into the instructor dashboard, and the sessions they open."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from .model import Attempt, Exam
from .settings import SandboxSettings

# The wire gives links 60 s; a little more allows for two clocks.
MAX_LIFETIME_S = 60
SKEW_S = 5


class LaunchRefusedError(Exception):
    """A link that does not open the dashboard; the message says why, without its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one link opened: a course, narrowed to an exam, an attempt or the configuration."""

    key: str = field(repr=False)
    course_id: str
    email: str = field(repr=False)
    full_name: str = field(repr=False)
    exam_id: str | None
    attempt_id: str | None
    config: bool
    expires_at: datetime

    def opens_exam(self, exam: Exam) -> bool:
        """Whether the exam lies within the link's scope."""
        return exam.course_id == self.course_id and self.exam_id in (None, exam.id)

    def opens_attempt(self, attempt: Attempt, exam: Exam) -> bool:
        """Whether the attempt lies within the link's scope."""
        return self.opens_exam(exam) and self.attempt_id in (None, attempt.id)


class Sessions:
    """Verifies links (each opens once) and keeps the sessions they opened."""

    def __init__(self, settings: SandboxSettings, lock: RLock) -> None:
        """Start with none, guarded by the sandbox's one lock."""
        self._settings = settings
        self._lock = lock
        self._used: dict[str, float] = {}
        self._sessions: dict[str, Session] = {}

    def claims(self, client_id: str, token: str, now: datetime) -> dict[str, Any]:
        """The verified claims of a link, which is thereby used up. Raises LaunchRefusedError."""
        if client_id != self._settings.client_id:
            raise LaunchRefusedError("unknown client")
        key = OctKey.import_key(self._settings.client_secret)
        try:
            claims = jwt.decode(token, key, algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            raise LaunchRefusedError("the link is not signed by this client") from None
        if claims.get("iss") != client_id:
            raise LaunchRefusedError("wrong issuer")
        expiry = claims.get("exp")
        if isinstance(expiry, bool) or not isinstance(expiry, (int, float)):
            raise LaunchRefusedError("the link has no expiry")
        if expiry <= now.timestamp():
            raise LaunchRefusedError("the link has expired")
        if expiry > now.timestamp() + MAX_LIFETIME_S + SKEW_S:
            raise LaunchRefusedError("the link is valid for too long")
        self._use(claims.get("jti"), expiry, now)
        return claims

    def _use(self, jti: object, expiry: float, now: datetime) -> None:
        """Mark a link as used; refuses one without `jti` or used before."""
        if not isinstance(jti, str) or not jti:
            raise LaunchRefusedError("the link has no jti")
        with self._lock:
            self._used = {k: v for k, v in self._used.items() if v > now.timestamp()}
            if jti in self._used:
                raise LaunchRefusedError("the link was used before")
            self._used[jti] = expiry

    def open(self, claims: dict[str, Any], now: datetime) -> Session:
        """A session for verified claims. Raises LaunchRefusedError for a missing or odd claim."""
        user = claims.get("user")
        if not isinstance(user, dict) or "id" not in user:
            raise LaunchRefusedError("the link names no user")
        config = claims.get("config", False)
        if not isinstance(config, bool):
            raise LaunchRefusedError("config must be true or false")
        attempt_id = _text(claims, "attempt_id", required=False)
        exam_id = _text(claims, "exam_id", required=False)
        if attempt_id is not None and exam_id is None:
            raise LaunchRefusedError("attempt_id without exam_id")
        session = Session(
            key=secrets.token_urlsafe(24),
            course_id=_text(claims, "course_id") or "",
            email=_text(user, "email") or "",
            full_name=_text(user, "full_name") or "",
            exam_id=exam_id,
            attempt_id=attempt_id,
            config=config,
            expires_at=now + timedelta(seconds=self._settings.dashboard_lifetime_s),
        )
        with self._lock:
            self._sessions = {k: s for k, s in self._sessions.items() if s.expires_at > now}
            self._sessions[session.key] = session
        return session

    def find(self, key: str, now: datetime) -> Session:
        """The session of that key. Raises LaunchRefusedError if unknown or over."""
        with self._lock:
            session = self._sessions.get(key)
        if session is None or session.expires_at <= now:
            raise LaunchRefusedError("the dashboard session is over")
        return session


def _text(claims: dict[str, Any], name: str, *, required: bool = True) -> str | None:
    """A claim that must be a non-empty text (or absent, where it may be)."""
    value = claims.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value:
        raise LaunchRefusedError(f"{name} is missing or not a text")
    return value
