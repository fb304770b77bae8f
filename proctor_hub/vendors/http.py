"""The HTTP client plugins call their vendors with, and what a vendor's answer means.

Everything from outside is bounded: which hosts, how long, how large. Messages name method, host and
path, never a query string, a header or a body.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from proctor_hub.errors import (
    ConfigurationError,
    ProctorHubError,
    VendorProtocolError,
    VendorUnavailable,
)
from proctor_hub.vendors.deadline import Deadline, DeadlineAdapter, time_limit
from proctor_hub.vendors.replies import Reply, raise_for_status, retry_after
from proctor_hub.vendors.watch import CallWatch, Unwatched

__all__ = ["BoundedHttpClient", "HttpLimits", "Reply", "raise_for_status", "time_limit"]

Origin = tuple[str, str, int]
_CHUNK = 16 * 1024
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Bounds of one exchange: seconds to connect, between two reads, in all; bytes of body
    (after decompression)."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 15.0
    max_bytes: int = 2 * 1024 * 1024


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an ``http(s)`` URL without credentials in it.

    :raises proctor_hub.errors.ConfigurationError: it is no such URL; the message does not repeat
        it, because it may hold a secret.
    """
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = None
    if parts is None or parts.scheme not in _PORTS or not parts.host:
        raise ConfigurationError("A vendor's URL must start with http:// or https:// and a host.")
    if parts.auth is not None:
        raise ConfigurationError(
            "A vendor's URL must not hold a user name or password; use the plugin's settings."
        )
    return parts.scheme, parts.host.lower(), parts.port or _PORTS[parts.scheme]


class BoundedHttpClient:
    """``HttpClient`` over requests, one per vendor account (contract: vendors/host.py).

    One session per thread; no redirects, no cookies, no proxy or ``.netrc`` from the environment.
    """

    def __init__(
        self,
        *,
        limits: HttpLimits | None = None,
        verify: bool | str = True,
        monotonic: Callable[[], float] = time.monotonic,
        watch: CallWatch | None = None,
    ) -> None:
        """``verify``: False only for tests, or the path of a CA bundle; ``monotonic``: seconds;
        ``watch``: asked before each call, told after it."""
        self._limits = limits or HttpLimits()
        self._verify = verify
        self._monotonic = monotonic
        self._watch = watch or Unwatched()
        self._origins: frozenset[Origin] = frozenset()
        self._local = threading.local()

    def allow_url(self, url: str) -> None:
        """Allow calls to the scheme, host and port of ``url``.

        :raises proctor_hub.errors.ConfigurationError: see :func:`origin_of`.
        """
        self._origins |= {origin_of(url)}

    def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; see :meth:`proctor_hub.vendors.host.HttpClient.request`.

        :raises ValueError: the request itself cannot be sent, such as a body JSON cannot express.
        """
        session, deadline = self._session()
        prepared = self._prepare(
            session, requests.Request(method, url, headers, None, data, params, json=json)
        )
        where = self._where(prepared)
        self._watch.begin()
        began = time.perf_counter()
        status: int | None = None
        wait: float | None = None
        try:
            deadline.start(self._limits.total)
            # Raised outside the except block: the original's text holds the whole URL.
            result = self._exchange(session, deadline, prepared, where)
            if isinstance(result, Reply):
                status, wait = result.status, retry_after(result.headers)
        finally:
            self._watch.end(time.perf_counter() - began, status, wait)
        if isinstance(result, ProctorHubError):
            raise result
        return result

    def _session(self) -> tuple[requests.Session, Deadline]:
        known = getattr(self._local, "session", None)
        if known is None:
            deadline = Deadline(self._monotonic)
            session = requests.Session()
            session.trust_env = False
            session.verify = self._verify
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            for scheme in _PORTS:
                session.mount(f"{scheme}://", DeadlineAdapter(deadline))
            known = self._local.session = (session, deadline)
        found: tuple[requests.Session, Deadline] = known
        return found

    def _prepare(
        self, session: requests.Session, request: requests.Request
    ) -> requests.PreparedRequest:
        try:
            return session.prepare_request(request)
        except requests.RequestException as error:
            problem = type(error).__name__
        raise ValueError(f"The request to the vendor cannot be sent: {problem}.")

    def _where(self, prepared: requests.PreparedRequest) -> str:
        """Name the target for messages, once it is known to be an allowed one."""
        url = prepared.url or ""
        scheme, host, port = origin_of(url)
        if (scheme, host, port) not in self._origins:
            raise ConfigurationError(
                f"{scheme}://{host}:{port} is not a host of this vendor account; name its base URL "
                "in the settings."
            )
        return f"{prepared.method} {scheme}://{host}:{port}{parse_url(url).path or '/'}"

    def _exchange(
        self,
        session: requests.Session,
        deadline: Deadline,
        prepared: requests.PreparedRequest,
        where: str,
    ) -> Reply | ProctorHubError:
        limits = self._limits
        try:
            with session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(deadline.bound(limits.connect), deadline.bound(limits.read)),
                verify=self._verify,
            ) as response:
                return self._read(response, deadline, where)
        except (requests.RequestException, HTTPError, OSError) as error:
            return _translated(error, where)

    def _read(
        self, response: requests.Response, deadline: Deadline, where: str
    ) -> Reply | ProctorHubError:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            deadline.bound(None)
            body += chunk
            if len(body) > self._limits.max_bytes:
                return VendorProtocolError(
                    f"The answer to {where} is larger than {self._limits.max_bytes} bytes."
                )
        return Reply(
            status=response.status_code, headers=response.headers, body=bytes(body), where=where
        )


def _translated(error: Exception, where: str) -> ProctorHubError:
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return VendorProtocolError(f"The answer to {where} cannot be decompressed.")
    if isinstance(error, requests.exceptions.SSLError):
        return VendorUnavailable(f"No secure connection for {where}: TLS failed.")
    # requests reports a read time-out in the body as a ConnectionError around urllib3's own.
    if isinstance(error, requests.Timeout | TimeoutError) or "Read timed out" in str(error):
        return VendorUnavailable(f"No answer in time to {where}.")
    return VendorUnavailable(f"No connection, or it broke off, for {where}.")
