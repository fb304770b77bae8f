from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
import requests
import responses
from pydantic import SecretStr, ValidationError

from proctor_hub.errors import ConfigurationError, DeliveryError, DeliveryRefused
from proctor_hub.jobs.signing import signature, signing_key
from proctor_hub.jobs.webhook import Webhook, WebhookSettings
from proctor_hub.transports.contract import LmsEvent
from proctor_hub.transports.endpoint import EndpointHost
from proctor_hub.transports.loader import LIMITS
from proctor_hub.vendors.http import BoundedHttpClient
from tests.support import START, FakeClock

URL = "https://lms.example/proctoring/events"
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def event(**more: Any) -> LmsEvent:
    payload = {"id": "e-1", "type": "started", "user_id": "ünï@example.org"}
    body = json.dumps(payload, ensure_ascii=False).encode()
    values = {
        "id": "e-1", "sequence": 7, "stream": "1:2", "type": "started", "occurred_at": START,
        "payload": payload, "body": body,
    }  # fmt: skip
    return LmsEvent(**{**values, **more})


def webhook(*secrets: str, **table: Any) -> Webhook:
    settings = WebhookSettings.model_validate(
        {"events_url": URL, "signing_secrets": list(secrets), **table}
    )
    host = EndpointHost("", BoundedHttpClient(limits=LIMITS), FakeClock())
    return Webhook(settings, host)


def sent(number: int = 0) -> requests.PreparedRequest:
    request: requests.PreparedRequest = responses.calls[number].request
    return request


def hmac_of(key: bytes, stamp: str, body: bytes) -> str:
    digest = hmac.new(key, f"e-1.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def test_the_conventions_own_vector() -> None:
    """Published with Standard Webhooks; every library of theirs tests it."""
    key = signing_key(SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    made = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@responses.activate
def test_an_event_is_posted_and_signed() -> None:
    responses.post(URL, status=202)
    webhook(SECRET).deliver_event(event())
    request, one = sent(), event()
    assert request.body == one.body
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["webhook-id"] == "e-1"
    stamp = request.headers["webhook-timestamp"]
    assert stamp == str(int(START.timestamp()))
    assert request.headers["webhook-signature"] == hmac_of(KEY, stamp, one.body)
    assert "X-Request-ID" not in request.headers


@responses.activate
def test_every_secret_signs_once_so_that_a_receiver_may_hold_any() -> None:
    responses.post(URL)
    webhook(SECRET, "plain", signing_secret=SECRET).deliver_event(event())
    stamp, body = sent().headers["webhook-timestamp"], event().body
    assert sent().headers["webhook-signature"].split(" ") == [
        hmac_of(KEY, stamp, body),
        hmac_of(b"plain", stamp, body),
    ]


@responses.activate
def test_the_id_of_the_causing_request_goes_along() -> None:
    responses.post(URL)
    webhook(SECRET).deliver_event(event(request_id="req-7"))
    assert sent().headers["X-Request-ID"] == "req-7"


@responses.activate
def test_without_a_secret_there_is_no_signature() -> None:
    responses.post(URL)
    unsigned = webhook()
    unsigned.deliver_event(event())
    assert "webhook-signature" not in sent().headers
    assert not unsigned.signed


@responses.activate
@pytest.mark.parametrize(
    ("status", "unavailable"),
    [(301, False), (400, False), (401, False), (404, False), (429, True), (500, True), (503, True)],
)
def test_anything_but_2xx_is_tried_again(status: int, unavailable: bool) -> None:
    responses.post(URL, status=status, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(DeliveryError, match=str(status)) as failed:
        webhook(SECRET).deliver_event(event())
    assert failed.value.unavailable is unavailable
    assert len(responses.calls) == 1, "redirects are off"


@responses.activate
def test_gone_is_a_refusal() -> None:
    responses.post(URL, status=410)
    with pytest.raises(DeliveryRefused, match="events_url"):
        webhook(SECRET).deliver_event(event())


@responses.activate
def test_retry_after_is_passed_on() -> None:
    responses.post(URL, status=429, headers={"Retry-After": "17"})
    with pytest.raises(DeliveryError) as failed:
        webhook(SECRET).deliver_event(event())
    assert failed.value.retry_after == 17


@responses.activate
def test_no_connection_is_a_failure_that_tells_no_data() -> None:
    responses.post(URL, body=requests.ConnectionError("ünï@example.org"))
    with pytest.raises(DeliveryError) as failed:
        webhook(SECRET).deliver_event(event())
    assert "ünï" not in str(failed.value)
    assert failed.value.unavailable


def test_only_the_configured_host_is_called() -> None:
    one = webhook(SECRET)
    with pytest.raises(ConfigurationError):
        one._host.http.request("POST", "https://elsewhere.example/events")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_?!"])
def test_an_unusable_secret_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        signing_key(SecretStr(secret))
    assert "?!" not in str(refused.value)
    with pytest.raises(ValidationError, match="not base64 after whsec_"):
        webhook(secret)


@pytest.mark.parametrize(
    "url", ["ftp://lms.example/", "lms.example", "https://", "https://hub:pw@lms.example/"]
)
def test_only_plain_http_urls_are_taken(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        webhook(events_url=url)
    assert "pw@" not in refused.value.errors(include_input=False)[0]["msg"]


def test_secrets_are_not_shown() -> None:
    settings = WebhookSettings(events_url=URL, signing_secret=SecretStr(SECRET))
    assert SECRET not in repr(settings)
    assert "ünï" not in repr(event())
