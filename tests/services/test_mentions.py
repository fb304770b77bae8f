"""What counts as a person's name in a kept call, and what only looks like it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proctor_hub.services.mentions import Mentions, Names
from proctor_hub.vendors.receiving import CallbackRequest

ADA = Mentions(
    Names(
        exact=frozenset({"42", "ada", "ada_lovelace", "CODE1", ""}),
        folded=frozenset({"ada@x.example", "Ada Lovelace", "sess-1", "12345", ""}),
    )
)


def request(body: bytes = b"", **more: Any) -> CallbackRequest:
    values: dict[str, Any] = {
        "route": "r", "method": "POST", "path": "/cb", "path_params": {}, "query": {},
        "headers": {}, "body": body, "source_address": "192.0.2.7", **more,
    }  # fmt: skip
    return CallbackRequest(**values)


@pytest.mark.parametrize(
    "value",
    [
        {"user": "42"},
        {"user": "ada"},
        {"ada_lovelace": 1},
        ["x", {"deep": [{"mail": "ADA@X.example"}]}],
        {"text": "then ADA LOVELACE, talked"},
        {"text": "seen: ada@x.example."},
        {"text": "(ada_lovelace) left"},
        {"session": "SESS-1"},
        {"session": 12345},
        {"nested": '{"code":"CODE1"}'},
    ],
)
def test_names_are_found_in_json(value: Any) -> None:
    for ascii_only in (True, False):
        assert ADA.in_body(json.dumps(value, ensure_ascii=ascii_only).encode())


@pytest.mark.parametrize(
    "value",
    [
        {"duration": 42},
        {"text": "room 42, ada was not there"},
        {"user": "ADA"},
        {"user": "ada_lovelace2"},
        {"user": "CODE12"},
        {"text": "CODE1-b and x-CODE1"},
        {"mail": "ada@x.example.org"},
        {"mail": "bada@x.example"},
        {"mail": "ada_lovelace@other.example"},
        {"text": "Ada Lovelaces"},
        {"session": "sess-10"},
        {"session": 123456},
        {},
        "",
    ],
)
def test_other_names_are_not_taken_for_it(value: Any) -> None:
    assert not ADA.in_body(json.dumps(value).encode())


def test_escaped_letters_are_read() -> None:
    zoe = Mentions(Names(exact=frozenset(), folded=frozenset({"Zoë Å"})))
    assert zoe.in_body(b'{"name": "Zo\\u00eb \\u00c5"}')
    assert zoe.in_body("seen zoë å.".encode())


@pytest.mark.parametrize(
    "body",
    [
        b"user=42&x=1",
        b"name=Ada+Lovelace",
        b"mail=ada%40x.example",
        b"it was ada_lovelace",
        b"\xff sess-1",
    ],
)
def test_other_bodies_are_read_as_fields_and_text(body: bytes) -> None:
    assert ADA.in_body(body)


@pytest.mark.parametrize("body", [b"x=4242&y=adam", b"\xff\xfe", b"", b"[" * 100_000])
def test_other_bodies_without_a_name(body: bytes) -> None:
    assert not ADA.in_body(body)


@pytest.mark.parametrize(
    "where",
    [
        {"path": "/cb/42/ready"},
        {"path": "/cb/ada%40x.example"},
        {"path_params": {"external_id": "sess-1"}},
        {"query": {"user": "42"}},
        {"headers": {"user-agent": "ada_lovelace's"}},
    ],
)
def test_the_rest_of_a_call_is_read_too(where: dict[str, Any]) -> None:
    assert ADA.in_request(request(**where))
    assert not ADA.in_request(request(b"{}"))
