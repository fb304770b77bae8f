from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
import responses
from pydantic import SecretStr

from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.jobs.lms import LmsSender
from proctor_hub.storage.outbox import OutboxRow
from tests.support import START, FakeClock

URL = "https://lms.example/proctoring/events"
KEY = bytes(range(32))


def row(**payload: Any) -> OutboxRow:
    return OutboxRow(
        id=1, event_id="e-1", stream="1:2", seq=7, kind="started", attempt_pk=3, tries=0,
        payload={"id": "e-1", "type": "started", **payload},
    )  # fmt: skip


def sender(secret: str | None = "whsec_" + base64.b64encode(KEY).decode()) -> LmsSender:
    return LmsSender(URL, None if secret is None else SecretStr(secret), now=FakeClock())


@responses.activate
def test_an_event_is_posted_and_signed() -> None:
    responses.post(URL, status=202)
    sender().deliver(row(user_id="ünï"))
    request = responses.calls[0].request
    body = request.body
    assert isinstance(body, bytes)
    assert json.loads(body) == {"id": "e-1", "type": "started", "user_id": "ünï"}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["webhook-id"] == "e-1"
    stamp = request.headers["webhook-timestamp"]
    assert stamp == str(int(START.timestamp()))
    digest = hmac.new(KEY, f"e-1.{stamp}.".encode() + body, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


@responses.activate
def test_without_a_secret_there_is_no_signature() -> None:
    responses.post(URL)
    sender(None).deliver(row())
    assert "webhook-signature" not in responses.calls[0].request.headers


@responses.activate
@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 500, 503])
def test_anything_but_2xx_is_tried_again(status: int) -> None:
    responses.post(URL, status=status, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(DeliveryFailed, match=str(status)) as failed:
        sender().deliver(row())
    assert not failed.value.hopeless
    assert len(responses.calls) == 1, "redirects are off"


@responses.activate
def test_retry_after_is_passed_on() -> None:
    responses.post(URL, status=429, headers={"Retry-After": "17"})
    with pytest.raises(DeliveryFailed) as failed:
        sender().deliver(row())
    assert failed.value.retry_after == 17


@responses.activate
def test_no_connection_is_a_failure_that_tells_no_data() -> None:
    with pytest.raises(DeliveryFailed) as failed:
        sender().deliver(row(user_id="ada@example.org"))
    assert "ada" not in str(failed.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_?!"])
def test_an_unusable_secret_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        sender(secret)
    assert "?!" not in str(refused.value)


@responses.activate
def test_a_plain_text_secret_is_used_as_its_bytes() -> None:
    responses.post(URL)
    sender("plain").deliver(row())
    headers = responses.calls[0].request.headers
    body = responses.calls[0].request.body
    assert isinstance(body, bytes)
    message = f"e-1.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"plain", message, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_only_http_urls_are_taken() -> None:
    with pytest.raises(ConfigurationError):
        LmsSender("ftp://lms.example/", None, now=FakeClock())
