"""Callbacks: the two paths, who may call, and every body a vendor may send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_hub import (
    Accepted,
    AccountBy,
    AttemptRef,
    CallbackRoute,
    Incident,
    Refused,
    ReviewReceived,
    ReviewStatus,
    SessionReady,
    Unrecognised,
)
from proctor_hub.protocols import RestProvider
from tests.protocols.rest_support import account, callback

REF = AttemptRef(external_id="a-1")
PLUGIN: RestProvider = account()


def parse(body: Any) -> ReviewReceived | Unrecognised:
    """The one event of a review body, given as bytes or as what JSON expresses."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (event,) = PLUGIN.parse_callback(request=callback(body=raw))
    assert isinstance(event, ReviewReceived | Unrecognised)
    return event


def test_paths_are_those_vendors_have_configured() -> None:
    base = "/api/edx_proctoring/v1/proctored_exam/attempt/{external_id}"
    assert PLUGIN.callback_routes() == tuple(
        CallbackRoute(name=name, method="POST", path=f"{base}/{name}", account=AccountBy.TOKEN)
        for name in ("ready", "reviewed")
    )


def test_a_token_of_this_account_is_needed() -> None:
    assert PLUGIN.authenticate_callback(request=callback()) == Accepted(caller="acme-client")
    for caller in (None, ""):
        refused = PLUGIN.authenticate_callback(request=callback(caller=caller))
        assert isinstance(refused, Refused)
        assert refused.status == 401


@pytest.mark.parametrize("body", [b'{"status": "ready"}', b"", b"\xff", b"[1", b'{"status": "x"}'])
def test_ready_whatever_the_body(body: bytes) -> None:
    events = PLUGIN.parse_callback(request=callback("ready", body))
    assert events == (SessionReady(attempt=REF),)


def test_a_whole_review() -> None:
    body = {
        "status": "suspicious",
        "reviewed_by": " Prof@Uni.example ",
        "comments": [
            {"comment": "phone", "status": "suspicious", "start": 12, "stop": 88, "duration": 76},
            {"comment": "music", "status": "Rules_Violation", "start": 1.5},
            {"comment": "?", "status": "unknown"},
            {},
        ],
    }
    assert parse(body) == ReviewReceived(
        attempt=REF,
        status=ReviewStatus.SUSPICIOUS,
        vendor_status="suspicious",
        reviewed_by="Prof@Uni.example",
        incidents=(
            Incident(
                text="phone",
                status="Suspicious",
                original_status="suspicious",
                start=12.0,
                stop=88.0,
                duration=76.0,
            ),
            Incident(
                text="music",
                status="Rules Violation",
                original_status="Rules_Violation",
                start=1.5,
            ),
            Incident(text="?", status="unknown", original_status="unknown"),
            Incident(),
        ),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("passed", ReviewStatus.PASSED),
        ("violation", ReviewStatus.VIOLATION),
        ("suspicious", ReviewStatus.SUSPICIOUS),
        ("not_reviewed", ReviewStatus.NOT_REVIEWED),
        ("Passed", ReviewStatus.PASSED),
        (" NOT REVIEWED ", ReviewStatus.NOT_REVIEWED),
        ("not-reviewed", ReviewStatus.NOT_REVIEWED),
    ],
)
def test_review_words(word: str, status: ReviewStatus) -> None:
    assert parse({"status": word}) == ReviewReceived(attempt=REF, status=status, vendor_status=word)


@pytest.mark.parametrize(
    "extra",
    [{"comments": None}, {"comments": []}, {"reviewed_by": None}, {"reviewed_by": " "}, {"x": 1}],
)
def test_what_may_be_missing_may_be_null(extra: dict[str, Any]) -> None:
    event = parse({"status": "passed"} | extra)
    assert isinstance(event, ReviewReceived)
    assert (event.incidents, event.reviewed_by) == ((), None)


def one_comment(**fields: Any) -> dict[str, Any]:
    return {"status": "passed", "comments": [{"comment": "x"}, fields]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        ("passed".encode("utf-16"), "body"),
        (b"<html>", "body"),
        (b"[" * 200_000, "body"),
        (b'{"status": "passed", "x": ' + b"1" * 5000 + b"}", "body"),
        (b"[]", "body"),
        (b'"passed"', "body"),
        ({}, "status"),
        ({"status": None}, "status"),
        ({"status": 5}, "status"),
        ({"status": "splendid"}, "status"),
        ({"status": "passed", "reviewed_by": 5}, "reviewed_by"),
        ({"status": "passed", "comments": {}}, "comments"),
        ({"status": "passed", "comments": "none"}, "comments"),
        ({"status": "passed", "comments": [{}] * 10_001}, "comments"),
        ({"status": "passed", "comments": [{}, "x"]}, "comments[1]"),
        (one_comment(comment=5), "comments[1].comment"),
        (one_comment(status=["suspicious"]), "comments[1].status"),
        (one_comment(start="12"), "comments[1].start"),
        (one_comment(start=True), "comments[1].start"),
        (one_comment(stop=float("nan")), "comments[1].stop"),
        (one_comment(stop=float("-inf")), "comments[1].stop"),
        (one_comment(duration=10**400), "comments[1].duration"),
        (one_comment(duration={}), "comments[1].duration"),
    ],
)
def test_nonsense_is_named_by_its_field(body: Any, field: str) -> None:
    event = parse(body)
    assert isinstance(event, Unrecognised)
    assert event.reason.startswith(f"{field}: ")


def test_a_reason_repeats_no_more_than_a_plain_word() -> None:
    assert "'splendid'" in str(parse({"status": "splendid"}))
    assert "ann@example.com" not in str(parse({"status": "ann@example.com"}))


def test_text_no_database_takes_is_mended() -> None:
    event = parse(rb'{"status":"passed","comments":[{"comment":"a\ud800b\u0000c"}]}')
    assert isinstance(event, ReviewReceived)
    text = event.incidents[0].text
    assert text == "a?b\ufffdc"
    assert text.encode() == "a?b\ufffdc".encode()


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert isinstance(parse(b'\xef\xbb\xbf{"status": "passed"}'), ReviewReceived)


@pytest.mark.parametrize("fields", [{"path_params": {}}, {"route": "elsewhere"}])
def test_what_is_no_call_of_this_protocol(fields: dict[str, Any]) -> None:
    (event,) = PLUGIN.parse_callback(request=callback(body=b"{}", **fields))
    assert isinstance(event, Unrecognised)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["status", "comments", "comment", "start", "stop", "reviewed_by"]),
            inner | st.sampled_from(["passed", "suspicious"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_never_an_exception(body: bytes) -> None:
    event = parse(body)
    if isinstance(event, ReviewReceived):
        # What is stored can be stored.
        "".join(i.text + i.status + i.original_status for i in event.incidents).encode()
    else:
        assert event.reason
