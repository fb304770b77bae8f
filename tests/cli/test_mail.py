"""``proctor-hub mail`` and what ``doctor`` and ``serve`` say about the mail server."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, one_sentence
from tests.jobs.mail.sink import Sink, certificate, running, secured


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running(Sink()) as sink:
        yield sink


def configure(port: int, *more: str) -> None:
    lines = ["[mail]", 'host = "127.0.0.1"', f"port = {port}", 'sender = "U <exams@site.example>"']
    Path("proctor-hub.toml").write_text("\n".join([*lines, *more]), encoding="utf-8")


def test_a_test_mail_arrives(run: Run, sink: Sink) -> None:
    configure(sink.port, 'security = "none"', 'contact = "help@site.example"', 'language = "de"')
    done = run("mail", "test", "ada@x.example")
    assert (done.status, done.err) == (0, "") and "language de" in done.out
    assert run("mail", "test", "ada@x.example", "--language", "en-GB").status == 0
    german, english = sink.mails
    assert german["Subject"] == "Test der E-Mails zur Prüfungsaufsicht"
    assert english["Subject"] == "Test of the proctoring e-mails"
    assert (german["To"], german["From"]) == ("ada@x.example", "U <exams@site.example>")
    assert german["Reply-To"] == "help@site.example"
    assert german["Message-ID"].endswith("@[127.0.0.1]>")
    assert german["Message-ID"] != english["Message-ID"]


def test_a_test_mail_that_cannot_be_sent(run: Run, sink: Sink) -> None:
    none = run("mail", "test", "ada@x.example")
    assert none.status == 2 and "mail.host is not set" in one_sentence(none)
    sink.refuse["ada@x.example"] = "550 5.1.1 ada@x.example unknown"
    configure(sink.port, 'security = "none"')
    refused = run("mail", "test", "ada@x.example")
    assert refused.status == 1
    assert one_sentence(refused).endswith("refuses the recipient (550 5.1.1)\n")
    assert run("mail", "test", "ada").status == 2
    assert run("mail", "test", "ada@x.example", "--language", "de_AT").status == 2


def test_doctor_logs_in_and_sends_nothing(run: Run, folder: Path) -> None:
    trusted, context = certificate(folder)
    sink = Sink()
    with running(sink, **secured(context, sink)):
        login = ['username = "hub"', 'password = "secret"']
        configure(sink.port, f'ca_file = "{trusted}"', *login)
        good = {one["name"]: one for one in run("doctor", "--json").json}["mail"]
        configure(sink.port, *login)
        untrusted = run("doctor", "--json")
    assert (
        good["state"] == "ok"
        and good["detail"] == f"127.0.0.1:{sink.port}, TLSv1.3, logged in; de, en"
    )
    assert sink.mails == [] and sink.logins == ["hub"]
    assert untrusted.status == 1
    bad = {one["name"]: one for one in untrusted.json}["mail"]
    assert bad["state"] == "failed" and "certificate that is not trusted" in bad["detail"]


def test_doctor_finds_a_server_that_is_not_there_and_a_broken_template(
    run: Run, folder: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    configure(port, 'templates = "mails"')
    (folder / "mails").mkdir()
    assert "cannot be reached" in run("doctor").out
    (folder / "mails" / "submitted.txt").write_text("{{ nmae }}")
    done = {one["name"]: one for one in run("doctor", "--json").json}["mail"]
    assert done["state"] == "failed" and "mails/submitted.txt" in done["detail"]


def test_serve_does_not_begin_with_a_broken_template(folder: Path) -> None:
    configure(25, 'templates = "mails"')
    (folder / "mails").mkdir()
    (folder / "mails" / "submitted.html").write_text("{% if %}")
    # A process of its own: serving sets up its logs for good.
    command = [sys.executable, "-m", "proctor_hub.cli", "serve", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "mails/submitted.html cannot be used: line 1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('security = "plain"', "mail.security"),
        ('may_send_as = ["vendor.example"]\ncontact = "help"', "mail.contact"),
        ('language = "deutsch bitte"', "mail.language"),
        ('username = "hub"', "username and password go together"),
        ('username = "hub"\npassword = "hidden"\nsecurity = "none"', "not sent in clear"),
    ],
)
def test_settings_that_cannot_be_used(run: Run, line: str, told: str) -> None:
    configure(25, line)
    done = run("doctor")
    assert done.status == 2
    assert told in one_sentence(done) and "hidden" not in done.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('ca_file = "gone.pem"', "gone.pem cannot be used: No such file"),
        ('templates = "gone"', "gone cannot be read: No such file"),
    ],
)
def test_files_that_cannot_be_used(run: Run, line: str, told: str) -> None:
    configure(25, line)
    done = run("mail", "test", "ada@x.example")
    assert done.status == 2 and told in one_sentence(done)


def test_a_server_needs_a_sender(run: Run, folder: Path) -> None:
    (folder / "proctor-hub.toml").write_text('[mail]\nhost = "mail.example"\n')
    done = run("doctor")
    assert done.status == 2 and "sender is missing" in one_sentence(done)
