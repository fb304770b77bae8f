from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from proctor_hub.demo.mailbox import MAX_MAIL, Mailbox, add_pages, listen
from proctor_hub.demo.processes import free_port

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def pages(mailbox: Mailbox) -> TestClient:
    app = FastAPI()
    add_pages(app, mailbox)
    return TestClient(app)


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[smtplib.SMTP]:
    server = listen(mailbox, free_port())
    try:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as smtp:
            yield smtp
    finally:
        server.stop()


def a_mail(subject: str = "Prüfung", text: str = "Grüße\n.\nEnde\n") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Uni <exams@site.example>"
    mail["To"] = "Ada <ada@x.example>"
    mail["Subject"] = subject
    mail["Message-ID"] = "<e1@hub.example>"
    mail["Proctor-Hub-Mail"] = "submitted"
    mail.set_content(text)
    mail.add_alternative(f'<p title="a">{EVIL} & Grüße</p>', subtype="html")
    mail["Content-Language"] = "de"
    return mail


def test_what_is_sent_can_be_read(smtp: smtplib.SMTP, pages: TestClient) -> None:
    smtp.send_message(a_mail())
    smtp.send_message(a_mail("Second"))
    first, second = pages.get("/mailbox.json").json()
    assert (first["subject"], first["kind"], first["language"]) == ("Prüfung", "submitted", "de")
    assert first["text"] == "Grüße\n.\nEnde\n" and first["message_id"] == "<e1@hub.example>"
    overview = pages.get("/mailbox").text
    assert overview.index("Second") < overview.index("Prüfung"), "the newest first"
    one = pages.get(f"/mailbox/{first['number']}").text
    assert "Grüße\n.\nEnde" in one and "Ada &lt;ada@x.example&gt;" in one
    assert pages.get("/mailbox/7").status_code == 404 and second["number"] == 2


def test_a_mail_can_do_nothing_to_the_page(mailbox: Mailbox, pages: TestClient) -> None:
    mailbox.take(a_mail(f'{EVIL}"', f"{EVIL}\n").as_bytes())
    for path in ("/mailbox", "/mailbox/1"):
        answer = pages.get(path)
        assert "<script" not in answer.text and "&lt;script&gt;" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    frame = pages.get("/mailbox/1").text.partition("<iframe")[2]
    assert frame.startswith(" sandbox title=")
    assert 'srcdoc="&lt;p title=&#34;a&#34;&gt;&lt;script&gt;' in frame


def test_a_huge_mail_is_refused(smtp: smtplib.SMTP, mailbox: Mailbox) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused):
        smtp.send_message(a_mail(text="x" * MAX_MAIL))
    assert mailbox.mails() == []


def test_the_oldest_go(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proctor_hub.demo.mailbox.KEPT", 3)
    for number in range(5):
        mailbox.take(a_mail(str(number)).as_bytes())
    assert [mail.number for mail in mailbox.mails()] == [3, 4, 5]
