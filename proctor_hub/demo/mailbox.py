"""The demo's mailbox: a small mail server that keeps what the hub sends, and pages to read it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI
from jinja2 import Environment, StrictUndefined
from starlette.responses import HTMLResponse

MAX_MAIL = 256 * 1024
"""Bytes of a mail that is taken; a larger one is refused."""

KEPT = 1000
"""Mails that are kept; the oldest go."""

_HEADERS = {
    # The frame inherits it: nothing of a mail is loaded, run or sent anywhere.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{% endblock %}</title>
<style>body{font:16px/1.4 sans-serif;margin:2rem}table{border-collapse:collapse}
th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left;vertical-align:top;
overflow-wrap:anywhere}
pre{white-space:pre-wrap;border:1px solid #767676;padding:1rem;font:15px/1.4 monospace}
iframe{width:100%;height:32rem;border:1px solid #767676}.wide{overflow-x:auto}</style></head>
<body><main>{% block main %}{% endblock %}</main></body></html>"""
_LIST = """{% extends frame %}{% block title %}Mailbox{% endblock %}{% block main %}
<h1 id="head">Mailbox</h1>
<p>{{ mails|length }} e-mails, the newest first. Whoever they are for, they arrive here.</p>
<div class="wide" role="region" tabindex="0" aria-labelledby="head"><table>
<thead><tr><th scope="col">To</th><th scope="col">Subject</th><th scope="col">From</th>
<th scope="col">Date</th></tr></thead><tbody>
{% for mail in mails %}<tr><td>{{ mail.to }}</td>
<td lang="{{ mail.language }}"><a href="/mailbox/{{ mail.number }}">{{ mail.subject }}</a></td>
<td>{{ mail.sender }}</td><td>{{ mail.date }}</td></tr>
{% endfor %}</tbody></table></div>{% endblock %}"""
_ONE = """{% extends frame %}{% block title %}{{ mail.subject }}{% endblock %}{% block main %}
<p><a href="/mailbox">Mailbox</a></p>
<h1 lang="{{ mail.language }}">{{ mail.subject }}</h1>
<table>{% for name, value in headers %}<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>
{% endfor %}</table>
<h2>As text</h2><pre lang="{{ mail.language }}">{{ mail.text }}</pre>
<h2>As HTML</h2>
<iframe sandbox title="The e-mail's HTML part" srcdoc="{{ mail.html }}"></iframe>{% endblock %}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One e-mail as it arrived; ``kind`` is the hub's own word for it."""

    number: int
    to: str
    sender: str
    reply_to: str
    subject: str
    date: str
    kind: str
    language: str
    message_id: str
    text: str
    html: str


class Mailbox:
    """Keeps mails in the order of their arrival; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._count = 0

    def take(self, content: bytes) -> Mail:
        """Keep one mail, as it came over the wire."""
        message = message_from_bytes(content, policy=policy.default)
        with self._lock:
            self._count += 1
            mail = _read(self._count, message)
            self._mails = [*self._mails[1 - KEPT :], mail]
        return mail

    def mails(self) -> list[Mail]:
        """All that are kept, the oldest first."""
        return self._mails

    def get(self, number: int) -> Mail | None:
        """The mail that arrived as this one, counted from 1."""
        return next((mail for mail in self.mails() if mail.number == number), None)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook."""
        content = envelope.content
        self.take(content if isinstance(content, bytes) else (content or "").encode())
        return "250 OK"


def listen(mailbox: Mailbox, port: int) -> Controller:
    """Take mails for anybody on loopback, in a thread of its own, until ``stop()`` is called."""
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port, data_size_limit=MAX_MAIL, enable_SMTPUTF8=True
    )
    controller.start()
    return controller


def add_pages(app: FastAPI, mailbox: Mailbox) -> None:
    """The list at ``/mailbox``, each mail below it, and ``/mailbox.json``."""
    pages = Environment(autoescape=True, undefined=StrictUndefined)
    frame = pages.from_string(_FRAME)

    def shown(source: str, status: int = 200, **values: Any) -> HTMLResponse:
        html = pages.from_string(source).render(frame=frame, **values)
        return HTMLResponse(html, status, headers=_HEADERS)

    @app.get("/mailbox.json")
    def as_json() -> list[Mapping[str, Any]]:
        return [asdict(mail) for mail in mailbox.mails()]

    @app.get("/mailbox")
    def overview() -> HTMLResponse:
        return shown(_LIST, mails=mailbox.mails()[::-1])

    @app.get("/mailbox/{number}")
    def one(number: int) -> HTMLResponse:
        mail = mailbox.get(number)
        if mail is None:
            return shown(_LIST, 404, mails=mailbox.mails()[::-1])
        headers = [
            ("From", mail.sender),
            ("To", mail.to),
            ("Reply-To", mail.reply_to),
            ("Date", mail.date),
            ("Message-ID", mail.message_id),
        ]
        return shown(_ONE, mail=mail, headers=headers)


def _read(number: int, message: EmailMessage) -> Mail:
    def header(name: str) -> str:
        return str(message[name] or "")

    return Mail(
        number=number,
        to=header("To"),
        sender=header("From"),
        reply_to=header("Reply-To"),
        subject=header("Subject"),
        date=header("Date"),
        kind=header("Proctor-Hub-Mail"),
        language=header("Content-Language"),
        message_id=header("Message-ID"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")
