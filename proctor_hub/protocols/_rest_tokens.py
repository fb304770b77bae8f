"""The access token of one vendor account: fetched, kept until shortly before expiry, shared."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from pydantic import SecretStr

from proctor_hub.errors import VendorProtocolError, VendorUnauthorized, VendorUnavailable
from proctor_hub.vendors.host import HttpReply, VendorHost
from proctor_hub.vendors.replies import raise_for_status

_USABLE = re.compile(r"[\x21-\x7e]{1,16384}")
_FALLBACK_S = 60.0
_LONGEST_S = 86_400.0
_MARGIN_S = 60.0


class TokenCache:
    """Client credentials in, access token out; one fetch at a time, whoever waits shares it."""

    def __init__(self, host: VendorHost, token_url: str, client_id: str, secret: SecretStr) -> None:
        self._host = host
        self._token_url = token_url
        self._client_id = client_id
        self._secret = secret
        self._lock = Lock()
        self._token = ""
        self._good_until: datetime | None = None
        self._fetches = 0
        self._outage: VendorUnavailable | None = None

    def get(self) -> str:
        """A token that is good for now.

        :raises proctor_hub.errors.VendorError: the vendor gave none.
        """
        seen = self._fetches
        with self._lock:
            if self._good_until is not None and self._host.now() < self._good_until:
                return self._token
            if self._fetches != seen and self._outage is not None:
                # Somebody's fetch failed while this thread waited: trying again in turn would
                # make the last of many learners wait for the sum of all time-outs.
                raise VendorUnavailable(str(self._outage), retry_after=self._outage.retry_after)
            return self._fetch()

    def forget(self, token: str) -> None:
        """Drop ``token``, which the vendor refused, unless a newer one has taken its place."""
        with self._lock:
            if token == self._token:
                self._good_until = None

    def _fetch(self) -> str:
        self._outage = None
        try:
            reply = self._ask()
        except VendorUnavailable as error:
            self._outage = error
            raise
        finally:
            self._fetches += 1
        token, lifetime = _read(reply)
        keep = lifetime - min(_MARGIN_S, lifetime / 2)
        self._token, self._good_until = token, self._host.now() + timedelta(seconds=keep)
        return token

    def _ask(self) -> HttpReply:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret.get_secret_value(),
            "token_type": "jwt",
        }
        reply = self._host.http.request("POST", self._token_url, data=form)
        if reply.status == 400:
            # RFC 6749 answers wrong client credentials with 400 as well as 401.
            raise VendorUnauthorized("the vendor's token endpoint refuses our credentials (400)")
        raise_for_status(reply)
        return reply


def _read(reply: HttpReply) -> tuple[str, float]:
    """The token and its lifetime in seconds; a lifetime that makes no sense counts as short."""
    data: Any = reply.json()
    token = data.get("access_token") if isinstance(data, dict) else None
    if not isinstance(token, str) or not _USABLE.fullmatch(token):
        raise VendorProtocolError("the vendor's token endpoint answered without an access_token")
    seconds = data.get("expires_in")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        return token, _FALLBACK_S
    return token, float(min(seconds, _LONGEST_S))
