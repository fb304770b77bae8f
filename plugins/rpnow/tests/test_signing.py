"""The vendor's byte formats, against the vector of wire/rpnow.md and an independent 3DES."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from Crypto.Cipher import DES3
from Crypto.Util.Padding import pad
from hypothesis import assume, given
from hypothesis import strategies as st

from proctor_hub_rpnow.signing import authorization, body_string, exam_password, http_date

KEY = "123456789123456712345678"
DATE = "Wed, 15 Jul 2015 05:11:31 GMT"
VECTOR = {
    "examCode": "ABCD-1234",
    "organization": "edx",
    "duration": 90,
    "reviewedExam": True,
    "reviewerNotes": "Open notes; helper allowed",
    "examPassword": "G6Rx/URtt6PTuwvIiQxOcg==",
    "examSponsor": "edX LMS",
    "examName": "Bob_ Final_",
    "ssiProduct": "rp-now",
    "examUrl": "http://localhost:8000/x",
    "orgExtra": {
        "examStartDate": "Wed, 15 Jul 2015 05:10:31 GMT",
        "examEndDate": "Wed, 15 Jul 2015 06:40:31 GMT",
        "noOfStudents": 1,
        "examID": 7,
        "courseID": "course-v1:a+b+c",
        "firstName": "Ann",
        "lastName": "B Cee",
    },
}


def test_password_of_the_vector() -> None:
    assert exam_password(KEY, "ABCD-1234") == "G6Rx/URtt6PTuwvIiQxOcg=="


def test_signature_of_the_vector() -> None:
    signed = authorization(
        key_id="foo",
        secret_key="4B230FA45A6EC5AE8FDE2AFFACFABAA16D8A3D0B",
        date=DATE,
        body=VECTOR,
    )
    assert signed == "SSI foo:VKG9bfV3mEVckfgddaBZ+0dsTurkLmw6yrJnb1EsYLY="


@given(
    key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=24, max_size=24),
    code=st.text(st.characters(exclude_categories=["Cs"])),
    short=st.booleans(),
)
def test_password_agrees_with_another_implementation(key: str, code: str, short: bool) -> None:
    key = key[:16] if short else key
    full = key + key[:8] if short else key
    try:
        oracle = DES3.new(full.encode(), DES3.MODE_ECB)
    except ValueError:
        assume(False)  # that library refuses keys that fall back to single DES
        raise
    expected = oracle.encrypt(pad(code.encode(), 8))
    assert exam_password(key, code) == base64.b64encode(expected).decode()


def test_body_string_rules() -> None:
    body = {
        "z": 0,
        "a": None,
        "b": "",
        "t": True,
        "f": False,
        "list": [1, 0, None, True, "x"],
        "none": [],
        "nothing": {},
        "outer": {"k": "v", "inner": {"deep": 5}, "items": ["i"]},
    }
    assert body_string(body) == (
        "a:null\nb:\nf:false\n"
        "list.0:1\nlist.1:null\nlist.2:null\nlist.3:true\nlist.4:x\n"
        "inner.deep:5\nitems.0:i\nouter.k:v\n"
        "t:true\nz:null\n"
    )


def test_an_object_in_a_list_has_no_rule() -> None:
    with pytest.raises(TypeError, match="dict inside a list"):
        body_string({"list": [{"a": 1}]})  # type: ignore[list-item]


def test_date_is_rfc_1123_in_gmt_without_fractions() -> None:
    moment = datetime(2015, 7, 15, 7, 11, 31, 999, tzinfo=timezone(timedelta(hours=2)))
    assert http_date(moment) == DATE
    assert http_date(datetime(2026, 1, 5, tzinfo=UTC)) == "Mon, 05 Jan 2026 00:00:00 GMT"
