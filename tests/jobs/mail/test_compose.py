from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from proctor_hub.jobs.mail.compose import Heading, Mailbox, compose, may_send_as
from proctor_hub.jobs.mail.templates import Text
from tests.support import START

SITE = Mailbox(address="exams@site.example", name="Example University")


def made(*, name: str = "Ada", subject: str = "S", **more: str) -> EmailMessage:
    """A message as its receiver reads it."""
    heading = Heading(
        kind="submitted",
        sender=Mailbox(address=more.get("sender", SITE.address), name=name),
        to=Mailbox(address="ada@x.example", name=name),
        agent=SITE,
        reply_to=more.get("reply_to", ""),
        message_id="e1@hub.example",
        date=START,
    )
    text = Text(language="de", subject=subject, text="Grüße\n", html="<p>Grüße</p>\n")
    read = message_from_bytes(compose(heading, text).as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def test_the_headers() -> None:
    message = made(reply_to="help@x.example")
    assert dict(message.items()) == {
        "From": "Ada <exams@site.example>",
        "To": "Ada <ada@x.example>",
        "Reply-To": "help@x.example",
        "Subject": "S",
        "Date": "Sun, 22 Nov 2026 09:00:00 +0000",
        "Message-ID": "<e1@hub.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "de",
        "Proctor-Hub-Mail": "submitted",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    contents = [part.get_content().strip() for part in message.iter_parts()]
    assert contents == ["Grüße", "<p>Grüße</p>"]
    assert message.as_bytes().isascii()


def test_a_mail_in_a_vendors_name_says_who_sent_it() -> None:
    assert (
        made(sender="notify@vendor.example")["Sender"] == "Example University <exams@site.example>"
    )
    assert made()["Sender"] is None


@pytest.mark.parametrize(
    "evil",
    [
        "a\r\nBcc: eve@x.example",
        "a\nBcc: eve@x.example",
        "a\rBcc: e@x.example",
        "a\u2028Bcc: e@x.ex",
        "a\x00\x1b",
        "=?utf-8?q?a?=\n",
        "Ö" * 200 + "\r\n\r\nbody",
        'a" <eve@x.example>, "b',
    ],
)
def test_no_name_adds_a_header_or_a_recipient(evil: str) -> None:
    message = made(name=evil, subject=evil)
    assert set(message.keys()) == set(made().keys())
    assert message["Bcc"] is None
    assert [a.addr_spec for a in message["To"].addresses] == ["ada@x.example"]
    assert [a.addr_spec for a in message["From"].addresses] == ["exams@site.example"]


def test_names_beyond_ascii_arrive() -> None:
    message = made(name="Łukasz Đặng 😀", subject="Prüfung: 期末試験 " * 12)
    assert message["To"].addresses[0].display_name == "Łukasz Đặng 😀"
    assert message["Subject"] == ("Prüfung: 期末試験 " * 12).strip()


@pytest.mark.parametrize(
    ("allowed", "may"),
    [
        ([], False),
        (["vendor.example"], True),
        (["VENDOR.example"], True),
        (["notify@vendor.example"], True),
        (["other@vendor.example"], False),
        (["example"], False),
        (["or.example"], False),
    ],
)
def test_as_whom_the_site_may_send(allowed: list[str], may: bool) -> None:
    assert may_send_as("Notify@vendor.example", allowed) is may
    assert not may_send_as("notify@mail.vendor.example", ["vendor.example"])
