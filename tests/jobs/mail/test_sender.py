"""The way to the server, against real servers: secret, logged in, refusing, hanging, lying."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.jobs.mail.connection import MailServer
from proctor_hub.jobs.mail.sender import IDLE, SmtpSender
from tests.jobs.mail.sink import Sink, certificate, running, secured, talking

ADA = "ada@learners.example"
LOGIN: dict[str, Any] = {"username": "hub", "password": SecretStr("secret")}


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "hub@site.example"
    message["To"] = ADA
    message["Subject"] = "Ä"
    message.set_content(".\nÄ line\n..")
    return message


@contextmanager
def a_sender(port: int, **more: Any) -> Iterator[SmtpSender]:
    monotonic = more.pop("monotonic", None)
    given: dict[str, Any] = {"host": "127.0.0.1", "security": "none", **more}
    options = {} if monotonic is None else {"monotonic": monotonic}
    sender = SmtpSender(MailServer(port=port, **given), **options)
    try:
        yield sender
    finally:
        sender.close()


def send(sender: SmtpSender, to: str = ADA) -> None:
    sender.send(mail(), envelope_from="hub@site.example", to=to)


def failure(sender: SmtpSender, to: str = ADA) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        send(sender, to)
    assert to not in str(caught.value) and caught.value.__cause__ is None
    return caught.value


def test_a_mail_arrives_whole(sink: Sink) -> None:
    with a_sender(sink.port) as sender:
        send(sender)
    assert sink.envelopes == [("hub@site.example", [ADA])]
    assert sink.mails[0]["Subject"] == "Ä"
    assert sink.mails[0].get_content().splitlines() == [".", "Ä line", ".."]
    assert not sink.tls


def test_starttls_and_login(tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path)
    sink = Sink()
    with (
        running(sink, **secured(context, sink)),
        a_sender(sink.port, security="starttls", ca_file=trusted, **LOGIN) as sender,
    ):
        found = sender.check()
        assert sink.mails == [] and sink.logins == ["hub"]
        assert found == f"127.0.0.1:{sink.port}, TLSv1.3, logged in"
        send(sender)
    assert (sink.logins, sink.tls, len(sink.mails)) == (["hub", "hub"], True, 1)


def test_tls_from_the_beginning(tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path)
    with (
        running(Sink(), implicit=context) as sink,
        a_sender(sink.port, security="tls", ca_file=trusted) as sender,
    ):
        send(sender)
        assert "TLSv1.3" in sender.check()
    assert len(sink.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("name", ["localhost", "another.example"])
def test_a_certificate_that_is_not_trusted_or_of_another_is_refused(
    tmp_path: Path, security: str, name: str
) -> None:
    trusted, context = certificate(tmp_path, name=name)
    ca_file = trusted if name != "localhost" else None
    sink = Sink()
    options: Any = {"implicit": context} if security == "tls" else secured(context, sink)
    with (
        running(sink, **options),
        a_sender(sink.port, security=security, ca_file=ca_file, **LOGIN) as sender,
    ):
        told = failure(sender)
    assert "certificate that is not trusted" in str(told) and told.unavailable
    assert (sink.mails, sink.logins) == ([], [])


def test_nothing_is_sent_in_clear_where_the_server_offers_no_starttls(sink: Sink) -> None:
    with a_sender(sink.port, security="starttls") as sender:
        told = failure(sender)
    assert "STARTTLS" in str(told) and told.unavailable
    assert sink.mails == []


def test_a_wrong_password_is_the_settings_fault(tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path)
    sink, wrong = Sink(), {**LOGIN, "password": SecretStr("hidden")}
    with (
        running(sink, **secured(context, sink)),
        a_sender(sink.port, security="starttls", ca_file=trusted, **wrong) as sender,
    ):
        told = failure(sender)
        with pytest.raises(DeliveryFailed, match="does not accept"):
            sender.check()
    assert "535 5.7.8" in str(told) and "hidden" not in str(told) and told.unavailable


@pytest.mark.parametrize(
    ("answer", "hopeless", "told"),
    [
        ("550 5.1.1 <ada@learners.example> unknown", True, "refuses the recipient (550 5.1.1)"),
        ("553 who is ada@learners.example", True, "refuses the recipient (553)"),
        ("451 4.7.1 greylisted ada@learners.example", False, "refuses the recipient (451 4.7.1)"),
        ("421 4.3.2 closing", False, "refuses the recipient (421 4.3.2)"),
    ],
)
def test_a_refused_recipient(sink: Sink, answer: str, hopeless: bool, told: str) -> None:
    sink.refuse[ADA] = answer
    with a_sender(sink.port) as sender:
        found = failure(sender)
        send(sender, "ben@learners.example")
    assert (found.hopeless, found.unavailable) == (hopeless, answer.startswith("421"))
    assert str(found) == f"the mail server 127.0.0.1:{sink.port} {told}"
    assert sink.envelopes == [("hub@site.example", ["ben@learners.example"])]


@pytest.mark.parametrize(
    ("answer", "hopeless"), [("554 5.6.0 no", True), ("452 4.3.1 full", False)]
)
def test_a_refused_mail(sink: Sink, answer: str, hopeless: bool) -> None:
    sink.refuse_data = answer
    with a_sender(sink.port) as sender:
        found = failure(sender)
    assert (found.hopeless, found.unavailable) == (hopeless, False)
    assert "refuses the mail" in str(found)


def test_an_address_the_server_cannot_spell_is_hopeless() -> None:
    with running(Sink(), enable_SMTPUTF8=False) as sink, a_sender(sink.port) as sender:
        assert failure(sender, "ädå@learners.example").hopeless
    with running(Sink(), enable_SMTPUTF8=True) as sink, a_sender(sink.port) as sender:
        send(sender, "ädå@learners.example")
    assert sink.envelopes == [("hub@site.example", ["ädå@learners.example"])]


def test_a_receipt_that_got_lost_is_a_failure_to_be_tried_again(sink: Sink) -> None:
    sink.drops = 1
    with a_sender(sink.port) as sender:
        told = failure(sender)
        assert told.unavailable and not told.hopeless and "ended the connection" in str(told)
        send(sender)
    assert len(sink.mails) == 2


def test_a_burst_uses_one_connection_and_a_pause_begins_another(sink: Sink) -> None:
    clock = [0.0]
    with a_sender(sink.port, monotonic=lambda: clock[0]) as sender:
        for _ in range(3):
            send(sender)
        assert sink.connections == 1
        clock[0] = IDLE + 1
        send(sender)
        assert sink.connections == 2
    assert len(sink.mails) == 4


def test_a_connection_that_the_server_ended_meanwhile_is_replaced(sink: Sink) -> None:
    with a_sender(sink.port) as sender:
        send(sender)
        sink.cut()
        send(sender)
    assert (sink.connections, len(sink.mails)) == (2, 2)


def test_several_threads_at_once(sink: Sink) -> None:
    with a_sender(sink.port) as sender:
        threads = [threading.Thread(target=send, args=(sender,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(sink.mails) == 8


def test_a_server_that_hangs_is_given_up() -> None:
    def hang(peer: socket.socket, over: threading.Event) -> None:
        over.wait()

    with talking(hang) as port, a_sender(port, read=0.1) as sender:
        told = failure(sender)
    assert told.unavailable and not told.hopeless and "did not answer in time" in str(told)


@pytest.mark.parametrize("greeted", [False, True])
def test_a_server_that_drips_is_given_up_after_the_total_time(greeted: bool) -> None:
    def drip(peer: socket.socket, over: threading.Event) -> None:
        if greeted:
            peer.sendall(b"220 hello\r\n")
            peer.recv(1000)
        peer.sendall(b"250-")
        while not over.wait(0.02):
            peer.sendall(b"x")

    with talking(drip) as port, a_sender(port, read=5.0, total=0.3) as sender:
        told = failure(sender)
    assert told.unavailable and not told.hopeless and "in time" in str(told)


@pytest.mark.parametrize("said", [b"554 go away\r\n", b"nonsense\r\n", b"250-" + b"x" * 9000])
def test_a_server_that_answers_garbage(said: bytes) -> None:
    def talk(peer: socket.socket, over: threading.Event) -> None:
        peer.sendall(said)
        over.wait()

    with talking(talk) as port, a_sender(port, read=1.0) as sender:
        assert failure(sender).unavailable


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with a_sender(port) as sender:
        told = failure(sender)
    assert str(told) == f"the mail server 127.0.0.1:{port} cannot be reached: Connection refused"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_told_at_once(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        SmtpSender(MailServer(host="h", port=25, ca_file=path))
