"""Calls from the simulated vendor to the hub: bounded in time and size, never redirected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import requests

from .settings import is_http_url

TIMEOUT_S = (3.05, 20.0)
MAX_ANSWER_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `status` None and a short `error` if the other side did not answer."""

    status: int | None
    location: str | None = None
    text: str = ""
    error: str = ""


def call(method: str, url: str, *, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    """Send one request; a `Location` is made absolute but not followed. Raises nothing.

    Error texts name the kind of failure only: `url` holds a token.
    """
    if not is_http_url(url):
        return Answer(status=None, error="not an http or https URL")
    try:
        with requests.Session() as session:
            session.trust_env = False  # loopback calls must not meet a proxy or a netrc
            with session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            ) as response:
                text = next(response.iter_content(MAX_ANSWER_BYTES), b"")
                location = response.headers.get("Location")
                return Answer(
                    status=response.status_code,
                    location=None if location is None else urljoin(url, location),
                    text=text.decode("utf-8", "replace"),
                )
    except (requests.RequestException, ValueError) as error:
        return Answer(status=None, error=type(error).__name__)
