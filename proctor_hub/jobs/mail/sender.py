"""The way to the mail server: sends one mail, and says why where it could not."""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import structlog

from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.jobs.mail.connection import Connection, MailServer, opened

IDLE = 10.0
"""Seconds a connection is kept after a mail, for the next one of a burst."""

_FAREWELL = 2.0
_CLOSING = 421
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


class SmtpSender:
    """Hands mails to one server; safe to use from several threads, each with its own connection.

    :param monotonic: seconds, for how long a connection lies idle.
    :raises ConfigurationError: the server's ``ca_file`` cannot be used.
    """

    def __init__(
        self, server: MailServer, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._server = server
        self._context = server.context()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []

    def send(self, message: EmailMessage, *, envelope_from: str, to: str) -> None:
        """Hand over one mail; returns once the server has answered for it.

        :raises DeliveryFailed: it has not; hopeless where it refuses this recipient or this mail,
            unavailable where it would have taken no other one. Without the address, since
            operators see the message.
        """
        try:
            connection = self._take()
            try:
                connection.send_message(message, from_addr=envelope_from, to_addrs=[to])
            except BaseException:
                connection.close()
                raise
        except (smtplib.SMTPException, OSError) as error:
            # Not chained: the library's errors repeat the recipient's address.
            raise self._failed(error) from None
        with self._lock:
            self._idle.append((self._monotonic(), connection))

    def check(self) -> str:
        """Connect, greet, make it secret, log in; send nothing. What was found, in a few words.

        :raises DeliveryFailed: one of these does not work.
        """
        try:
            connection = opened(self._server, self._context)
            found = [f"{self._server.host}:{self._server.port}"]
            if isinstance(connection.sock, ssl.SSLSocket):
                found.append(connection.sock.version() or "TLS")
            else:
                found.append("not encrypted")
            if self._server.username:
                found.append("logged in")
            _end(connection)
        except (smtplib.SMTPException, OSError) as error:
            raise self._failed(error) from None
        return ", ".join(found)

    def close(self) -> None:
        """Say good-bye to the server on all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            _end(connection)

    def _take(self) -> Connection:
        """An idle connection that still answers, else a new one."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                since, connection = self._idle.pop()
            connection.deadline.start(self._server.total)
            if self._monotonic() - since > IDLE or not _answers(connection):
                _end(connection)
                continue
            return connection
        return opened(self._server, self._context)

    def _failed(self, error: Exception) -> DeliveryFailed:
        fault = _fault(error)
        return DeliveryFailed(
            f"the mail server {self._server.host}:{self._server.port} {fault.said}",
            hopeless=fault.hopeless,
            unavailable=fault.unavailable,
        )


def _answers(connection: Connection) -> bool:
    try:
        return connection.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _end(connection: Connection) -> None:
    try:
        connection.deadline.start(_FAREWELL)
        connection.quit()
    except (smtplib.SMTPException, OSError) as error:
        # The mails are with the server; a missing good-bye changes nothing for anybody.
        structlog.get_logger("proctor_hub.mail").debug("mail_quit", error=type(error).__name__)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class _Fault:
    """What went wrong, as a clause; whether the mail is at fault, or the server, or neither."""

    said: str
    hopeless: bool = False
    unavailable: bool = False


def _fault(error: Exception) -> _Fault:
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            code, said = next(iter(refused.values()))
            return _answered("refuses the recipient", code, said)
        case smtplib.SMTPDataError(smtp_code=code, smtp_error=said):
            return _answered("refuses the mail", code, said)
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=said):
            # The same address for many mails: mended in the settings, not mail by mail.
            return _Fault(f"refuses the sender's address ({_code(code, said)})", unavailable=True)
        case smtplib.SMTPAuthenticationError(smtp_code=code, smtp_error=said):
            what = f"does not accept [mail] username and password ({_code(code, said)})"
            return _Fault(what, unavailable=True)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said):
            return _Fault(f"answers {_code(code, said)}", unavailable=True)
        case smtplib.SMTPNotSupportedError() if "SMTPUTF8" in str(error):
            return _Fault("cannot spell the recipient's address (SMTPUTF8)", hopeless=True)
        case smtplib.SMTPNotSupportedError():
            return _Fault(f"cannot do what is needed: {error}", unavailable=True)
        case ssl.SSLCertVerificationError():
            what = f"has a certificate that is not trusted: {error.verify_message}"
            return _Fault(what, unavailable=True)
        case smtplib.SMTPServerDisconnected():
            return _Fault("ended the connection, or did not answer in time", unavailable=True)
        case TimeoutError():
            return _Fault("did not answer in time", unavailable=True)
        case OSError(strerror=reason):
            return _Fault(f"cannot be reached: {reason or type(error).__name__}", unavailable=True)
    return _Fault(f"does not speak as it must ({type(error).__name__})", unavailable=True)


def _answered(what: str, code: int, said: bytes | str) -> _Fault:
    """To one recipient or mail; 421 is about the server itself."""
    refused = f"{what} ({_code(code, said)})"
    return _Fault(refused, hopeless=500 <= code <= 599, unavailable=code == _CLOSING)


def _code(code: int, said: bytes | str) -> str:
    """The answer's numbers; its words can hold the recipient's address."""
    found = _ENHANCED.match(said if isinstance(said, bytes) else said.encode())
    return f"{code} {found[0].decode()}" if found else str(code)
