"""What a vendor's status means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

import proctor_hub
from proctor_hub import (
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
    raise_for_status,
)
from proctor_hub.vendors.replies import Reply


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
        where="GET https://vendor.example:443/x",
    )


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success(status: int) -> None:
    raise_for_status(reply(status))


@pytest.mark.parametrize(
    ("status", "error", "retryable"),
    [
        (401, VendorUnauthorized, False),
        (403, VendorUnauthorized, False),
        (429, VendorUnavailable, True),
        (500, VendorUnavailable, True),
        (503, VendorUnavailable, True),
        (302, VendorProtocolError, True),
        (100, VendorProtocolError, True),
        (600, VendorProtocolError, True),
        (404, VendorRejected, False),
        (422, VendorRejected, False),
    ],
)
def test_failures(status: int, error: type[Exception], retryable: bool) -> None:
    with pytest.raises(error, match=f"answered {status} to GET https") as raised:
        raise_for_status(reply(status))
    assert raised.value.retryable is retryable  # type: ignore[attr-defined]
    if error is VendorRejected:
        assert raised.value.status == status  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "120"}, 120.0),
        ({"retry_after": " 0 "}, 0.0),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "Sun, 22 Nov 2026 12:02:00 GMT"}, None),
        (
            {
                "Retry_After": "Sun, 22 Nov 2026 12:02:00 GMT",
                "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            120.0,
        ),
        (
            {
                "Retry_After": "Sun, 22 Nov 2026 11:00:00 GMT",
                "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            0.0,
        ),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    with pytest.raises(VendorUnavailable) as raised:
        raise_for_status(reply(503, b"", **headers))
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(VendorProtocolError, match="is not JSON"):
        reply(200, body).json()


def test_body_is_not_in_the_repr() -> None:
    assert "Jane" not in repr(reply(200, b"Jane"))


@dataclass
class OtherReply:
    """Another implementation of the public protocol, such as an author's own."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return None


def test_any_reply_of_the_protocol_will_do() -> None:
    with pytest.raises(VendorRejected, match=r"^The vendor answered 409: it refuses"):
        raise_for_status(OtherReply(409))
    assert "raise_for_status" in proctor_hub.__all__
