from __future__ import annotations

import pytest

from proctor_hub.services.addresses import host_literal, named, one_line, usable


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@Learners.example", "ada@learners.example"),
        (" ada+exam@x.example ", "ada+exam@x.example"),
        ("o'brien@x.example", "o'brien@x.example"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("ädå@x.example", "ädå@x.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses_that_can_be_written_to(text: str, address: str) -> None:
    assert usable(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "ada", "@x.example", "ada@", "a b@x.example", "a@b@c.example", "a@-x.example"),
        *("a@x.example, b@x.example", "a@x.example\nBcc: b@x.example", "a\r@x.example"),
        *("Ada <a@x.example>", "a@x..example", "a..b@x.example", ".a@x.example", "a@[127.0.0.1]"),
        *('"a b"@x.example', "a" * 65 + "@x.example", "a@" + "x" * 64 + ".example"),
        *("a\0@x.example", "a\udc80@x.example"),
    ],
)
def test_addresses_that_cannot(text: str) -> None:
    assert usable(text) is None


def test_a_name_with_an_address() -> None:
    assert named("Example University <a@x.example>") == ("Example University", "a@x.example")
    assert named('"Exams, Example" <a@x.example>') == ("Exams, Example", "a@x.example")
    assert named("a@x.example") == ("", "a@x.example")
    for text in ("Example", "Example <a>", "a@x.example\nBcc: b@x.example", "a@x.example, b@x.ex"):
        with pytest.raises(ValueError, match="must be an e-mail address"):
            named(text)


def test_a_text_on_one_line() -> None:
    assert one_line(" a\r\nBcc: b\tc\u2028d\x1b[1m\x85e  f ") == "a Bcc: b c d [1m e f"
    assert one_line("abc\u202edef\u2066") == "abcdef"
    assert one_line("\u0646\u200c\u0645 \U0001f469\u200d\U0001f52c") == (
        "\u0646\u200c\u0645 \U0001f469\u200d\U0001f52c"
    )


@pytest.mark.parametrize(
    ("host", "literal"),
    [
        ("hub.example", "hub.example"),
        ("10.0.0.1", "[10.0.0.1]"),
        ("::1", "[IPv6:::1]"),
        ("prüfung.example", "xn--prfung-4ya.example"),
        ("under_score", "localhost"),
    ],
)
def test_hosts(host: str, literal: str) -> None:
    assert host_literal(host) == literal
