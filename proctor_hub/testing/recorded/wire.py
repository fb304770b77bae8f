"""Requests and answers in the form a recording holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from proctor_hub.testing.recorded.scrub import Scrubber
from proctor_hub.testing.recorded.story import Answer, Request
from proctor_hub.vendors.listening import Exchange

_OF_THE_CLIENT = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "user-agent",
}
_ANSWER_HEADERS = ("content-type", "location", "retry-after")
FORM = "application/x-www-form-urlencoded"


def request_of(sent: requests.PreparedRequest, scrubber: Scrubber) -> Request:
    """A request as a recording holds it."""
    url = sent.url or ""
    headers = {name.lower(): value for name, value in sent.headers.items()}
    body = sent.body.encode() if isinstance(sent.body, str) else bytes(sent.body or b"")
    return Request(
        method=sent.method or "",
        url=scrubber.hide_url(url),
        query=scrubber.hide(_parameters(urlsplit(url).query)),
        headers=tuple(sorted(set(headers) - _OF_THE_CLIENT)),
        body=_hidden_body(body, headers.get("content-type", ""), scrubber),
    )


def prepared(exchange: Exchange) -> requests.PreparedRequest:
    """The request of an exchange as it went out."""
    given = dict(exchange.options)
    request = requests.Request(exchange.method, exchange.url, **given)
    return request.prepare()


def answer_of(exchange: Exchange, scrubber: Scrubber) -> Answer | None:
    """An answer as a recording holds it."""
    reply = exchange.reply
    if reply is None:
        return None
    headers = {name.lower(): value for name, value in reply.headers.items()}
    body = getattr(reply, "body", None)
    raw = body if isinstance(body, bytes) else reply.text.encode()
    return Answer(
        status=reply.status,
        headers={name: scrubber.hide(headers[name]) for name in _ANSWER_HEADERS if name in headers},
        body=_hidden_body(raw, headers.get("content-type", ""), scrubber),
    )


def shown_body(body: Mapping[str, Any], scrubber: Scrubber) -> bytes:
    """The bytes of an answer's body, with the replay's values."""
    if "json" in body:
        return json.dumps(scrubber.show(body["json"])).encode()
    if "binary" in body:
        return bytes(body["binary"])
    return str(scrubber.show(body.get("text", ""))).encode()


def _hidden_body(body: bytes, content_type: str, scrubber: Scrubber) -> dict[str, Any]:
    if not body:
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"binary": len(body)}  # may be a photograph of somebody
    if kind == FORM:
        return {"form": scrubber.hide(_parameters(text))}
    if kind.endswith("json") or text[:1] in "{[":
        try:
            return {"json": scrubber.hide(json.loads(text))}
        except ValueError:
            return {"text": scrubber.hide(text)}
    return {"text": scrubber.hide(text)}


def _parameters(query: str) -> dict[str, Any]:
    """Parameters by name; those that are there once as a text."""
    found = parse_qs(query, keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
