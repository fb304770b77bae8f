"""Calls to a vendor that speaks the REST provider protocol: token, paths, one answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from proctor_hub.errors import VendorProtocolError
from proctor_hub.protocols._rest_tokens import TokenCache
from proctor_hub.protocols._rest_words import API
from proctor_hub.protocols.rest_settings import RestSettings
from proctor_hub.vendors.host import HttpReply, VendorHost
from proctor_hub.vendors.replies import raise_for_status

# What RFC 3986 allows in a path segment stays as it is, so that course ids go out as the
# deployed systems write them; all else is percent-encoded.
_SEGMENT_SAFE = "!$&'()*+,;=:@"
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def segment(value: str) -> str:
    """One path segment of an opaque value.

    :raises proctor_hub.errors.VendorProtocolError: the value cannot be one (it would change the
        path: empty, ``.``, ``..``).
    """
    if value in ("", ".", ".."):
        raise VendorProtocolError("an id that cannot be part of a URL path")
    return quote(value, safe=_SEGMENT_SAFE)


def language_header(language: str) -> Mapping[str, str]:
    """``Accept-Language``; what is no language tag asks for English rather than break the call."""
    return {"Accept-Language": language if _LANGUAGE.fullmatch(language) else "en"}


class RestClient:
    """One vendor account's calls, with ``Authorization: JWT``; a 401 fetches one new token."""

    def __init__(self, settings: RestSettings, host: VendorHost, token_path: str) -> None:
        self._base_url = settings.base_url
        self._http = host.http
        self._tokens = TokenCache(
            host,
            settings.base_url + token_path,
            settings.client_id,
            settings.client_secret,
        )

    def call(
        self,
        method: str,
        *segments: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        slash: bool = True,
    ) -> HttpReply:
        """Call ``/api/v1/{segments}/`` and return the answer, which is a success.

        :raises proctor_hub.errors.VendorError: as the answer's status, or its lack, says.
        """
        path = "/".join([API, *(segment(part) for part in segments)]) + ("/" if slash else "")

        def send(token: str) -> HttpReply:
            sent = {**(headers or {}), "Authorization": f"JWT {token}"}
            url = self._base_url + path
            return self._http.request(method, url, json=json, params=params, headers=sent)

        token = self._tokens.get()
        reply = send(token)
        if reply.status == 401:
            self._tokens.forget(token)
            reply = send(self._tokens.get())
        raise_for_status(reply)
        return reply
