"""The RPNow sandbox's formats, against the wire's vector, and its settings."""

from __future__ import annotations

import base64
import json
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES3
from Crypto.Util.Padding import pad

from proctor_hub_rpnow.sandbox import create_app, run
from proctor_hub_rpnow.sandbox.registering import accept
from proctor_hub_rpnow.sandbox.reviewing import tokenless
from proctor_hub_rpnow.sandbox.settings import settings_from
from proctor_hub_rpnow.sandbox.vendor import Refused
from proctor_hub_rpnow.sandbox.wire import body_string, decrypt_password, exam_date, signature

with warnings.catch_warnings():  # starlette recommends another HTTP client for its test client
    warnings.filterwarnings("ignore", message="Using `httpx` with")
    from fastapi.testclient import TestClient

VECTOR = Path(__file__).with_name("registration_vector.json")
KEY = "123456789123456712345678"
SECRET = "4B230FA45A6EC5AE8FDE2AFFACFABAA16D8A3D0B"
DATE = "Wed, 15 Jul 2015 05:11:31 GMT"
NOW = datetime(2015, 7, 15, 5, 11, 31, tzinfo=UTC)
CODE = "ABCD-1234"
ACCOUNT = {
    "organization": "edx",
    "secret_key_id": "foo",
    "secret_key": SECRET,
    "crypto_key": KEY,
}
CALLBACK = "/api/edx_proctoring/proctoring_review_callback/"


def vector_body() -> dict[str, Any]:
    """The registration of the vector in wire/rpnow.md."""
    body: dict[str, Any] = json.loads(VECTOR.read_text(encoding="utf-8"))
    return body


def test_signature_and_password_agree_with_the_wire_vector() -> None:
    assert signature(SECRET, DATE, vector_body()) == "VKG9bfV3mEVckfgddaBZ+0dsTurkLmw6yrJnb1EsYLY="
    assert decrypt_password(KEY, "G6Rx/URtt6PTuwvIiQxOcg==") == CODE


def test_body_string_follows_every_rule_of_the_wire() -> None:
    body = {
        "z": 0,
        "n": None,
        "t": True,
        "f": False,
        "e": "",
        "l": ["x", 2],
        "empty": {},
        "none": [],
        "o": {"k": 1, "inner": {"deep": "d"}, "list": ["y"]},
    }
    assert body_string(body) == (
        "e:\nf:false\nl.0:x\nl.1:2\nn:null\ninner.deep:d\no.k:1\nlist.0:y\nt:true\nz:null\n"
    )


@pytest.mark.parametrize("size", [16, 24])
def test_password_of_either_key_length(size: int) -> None:
    key = "0123456789abcdefFEDCBA98"[:size]
    secret = DES3.new(key.encode(), DES3.MODE_ECB).encrypt(pad(b"some-code", 8))
    assert decrypt_password(key, base64.b64encode(secret).decode()) == "some-code"
    assert decrypt_password(key[::-1], base64.b64encode(secret).decode()) != "some-code"


def test_exam_date_is_the_vendors_odd_format() -> None:
    assert exam_date(datetime(2015, 7, 15, 1, 13, tzinfo=UTC)) == "Jul 15 2015  1:13AM"
    assert exam_date(datetime(2015, 12, 5, 12, 3, tzinfo=UTC)) == "Dec  5 2015 12:03PM"
    assert exam_date(datetime(2015, 1, 5, 0, 0, tzinfo=UTC)) == "Jan  5 2015 12:00AM"


def refusal(body: dict[str, Any]) -> str:
    """Why a rightly signed registration with this body is refused."""
    settings = settings_from(ACCOUNT, environ={})
    headers = {"content-type": "application/json", "date": DATE}
    headers["authorization"] = f"SSI foo:{signature(SECRET, DATE, body)}"
    with pytest.raises(Refused) as caught:
        accept(settings, NOW, headers, json.dumps(body).encode())
    assert caught.value.status == 422
    return caught.value.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration", "90"),
        ("duration", True),
        ("duration", 0),
        ("reviewedExam", "true"),
        ("organization", "other"),
        ("ssiProduct", "rpnow"),
        ("examUrl", "javascript:alert(1)"),
        ("examName", "Bob: Final?"),
        ("examName", "Prüfung"),
        ("examCode", ""),
        ("reviewerNotes", None),
        ("orgExtra", []),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    assert field in refusal(vector_body() | {field: value})


def test_wrong_extras_are_named() -> None:
    body = vector_body()
    body["orgExtra"] |= {"examEndDate": body["orgExtra"]["examStartDate"], "noOfStudents": 2}
    del body["orgExtra"]["courseID"]
    assert refusal(body) == (
        "wrong or missing: orgExtra.examEndDate, orgExtra.noOfStudents, orgExtra.courseID"
    )


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        (f"http://hub{CALLBACK}?token=x", f"http://hub{CALLBACK}"),
        (f"http://hub{CALLBACK}x/", f"http://hub{CALLBACK}"),
        ("http://hub/reviews?token=x", "http://hub/reviews"),
        ("http://hub/reviews/x", "http://hub/reviews/"),
    ],
)
def test_the_token_is_left_out_wherever_it_was(url: str, bare: str) -> None:
    assert tokenless(url) == bare


def test_reviews_need_a_callback_url() -> None:
    settings = settings_from({}, environ={})
    client = TestClient(create_app(settings))
    assert client.post(f"/sandbox/attempts/{CODE}/review", json={}).status_code == 404
    body = vector_body() | {"organization": "demo"}
    secret = DES3.new(settings.crypto_key.encode(), DES3.MODE_ECB).encrypt(pad(CODE.encode(), 8))
    body["examPassword"] = base64.b64encode(secret).decode()
    date = format_datetime(datetime.now(UTC).replace(microsecond=0), usegmt=True)
    signed = f"SSI {settings.secret_key_id}:{signature(settings.secret_key, date, body)}"
    headers = {"Date": date, "Authorization": signed}
    assert client.post("/api/registrations", json=body, headers=headers).status_code == 200
    assert client.post(f"/sandbox/attempts/{CODE}/review", json={}).status_code == 409


def test_settings_from_options_and_environment() -> None:
    environ = {"RPNOW_SANDBOX_ORGANIZATION": "env", "RPNOW_SANDBOX_CLOCK_SKEW_S": "60"}
    settings = settings_from({"organization": "opt"}, environ=environ)
    assert (settings.organization, settings.clock_skew) == ("opt", timedelta(seconds=60))
    assert settings.secret_key not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonsense", "x"),
        ("crypto_key", "short"),
        ("review_url", "file:///etc/passwd"),
        ("clock_skew_s", "soon"),
        ("clock_skew_s", "0"),
        ("clock_skew_s", "nan"),
        ("organization", ""),
    ],
)
def test_impossible_settings_are_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name.removesuffix("_s")):
        run("127.0.0.1", 0, {name: value})
