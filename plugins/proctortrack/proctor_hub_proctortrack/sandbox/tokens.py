"""Access tokens for the hub: the client credentials grant, and the check on each API call."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from threading import RLock

from .settings import SandboxSettings


class Tokens:
    """Tokens in force, kept as digests so that neither memory nor a log holds one."""

    def __init__(self, settings: SandboxSettings, lock: RLock) -> None:
        """Start with none, guarded by the sandbox's one lock."""
        self._settings = settings
        self._lock = lock
        self._expiries: dict[str, datetime] = {}

    def knows_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the hub's credentials; takes the same time whatever is wrong."""
        id_fits = hmac.compare_digest(client_id.encode(), self._settings.client_id.encode())
        secret = self._settings.client_secret.encode()
        return hmac.compare_digest(client_secret.encode(), secret) & id_fits

    def issue(self, now: datetime) -> str:
        """A new token, valid from `now` for the configured lifetime."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._expiries = {k: v for k, v in self._expiries.items() if v > now}
            lifetime = timedelta(seconds=self._settings.token_lifetime_s)
            self._expiries[_digest(token)] = now + lifetime
        return token

    def revoke_all(self) -> None:
        """Forget every token, as after a restart: the next API calls get 401."""
        with self._lock:
            self._expiries.clear()

    def refusal(self, authorization: str | None, now: datetime) -> str | None:
        """Why an `Authorization` header does not open the API, or None if it does."""
        word, _, token = (authorization or "").partition(" ")
        if word != "JWT" or not token:
            return "Authorization must be: JWT <access token>"
        with self._lock:
            expiry = self._expiries.get(_digest(token))
        if expiry is None:
            return "unknown token"
        return None if now < expiry else "token expired"


def _digest(token: str) -> str:
    """The key a token is kept under."""
    return hashlib.sha256(token.encode()).hexdigest()
