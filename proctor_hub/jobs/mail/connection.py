"""One connection to a mail server, every read and write of it within a total deadline.

``smtplib`` has a time-out per read only: a server that sends a byte every few seconds is never late
by it.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from proctor_hub.errors import ConfigurationError
from proctor_hub.vendors.deadline import Deadline, timed_reader

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server mails are handed to.

    :param security: ``starttls``: a plain connection made secret, or nothing is sent; ``tls``:
        secret from the beginning; ``none``. Certificates are always verified.
    :param username: empty: no login.
    :param ca_file: certificates (PEM) to trust instead of the system's.
    :param hello: how the hub calls itself.
    :param connect: seconds until a connection stands; per address, where the name has several.
    :param read: seconds until the server answers. :param total: seconds for one mail in all.
    """

    host: str
    port: int
    security: Security = "starttls"
    username: str = ""
    password: SecretStr | None = None
    ca_file: Path | None = None
    hello: str = "localhost"
    connect: float = 5.0
    read: float = 20.0
    total: float = 60.0

    def context(self) -> ssl.SSLContext | None:
        """What verifies the server's certificate; None without TLS.

        :raises ConfigurationError: ``ca_file`` cannot be used.
        """
        if self.security == "none":
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigurationError(
                f"[mail] ca_file: {self.ca_file} cannot be used: {reason}; it must be a readable "
                "file of certificates in PEM."
            ) from None


class Connection(smtplib.SMTP):
    """An SMTP connection under a deadline; made it is connected and greeted, nothing more."""

    def __init__(self, server: MailServer, deadline: Deadline, **more: Any) -> None:
        """:raises OSError: no connection. :raises smtplib.SMTPException: no proper greeting."""
        self.deadline = deadline
        self._read = server.read
        super().__init__(
            server.host,
            server.port,
            local_hostname=server.hello,
            timeout=deadline.bound(server.connect),
            **more,
        )

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer, however slowly its bytes come within the deadline."""
        if self.file is None and self.sock is not None:
            self.sock.settimeout(self._read)
            self.file = timed_reader(self.sock, self.deadline)
        return super().getreply()

    def send(self, s: Any) -> None:
        """Write, within the deadline."""
        if self.sock is not None:
            self.sock.settimeout(self.deadline.bound(self._read))
        super().send(s)


class TlsConnection(Connection, smtplib.SMTP_SSL):
    """The same, secret from the beginning."""


def opened(server: MailServer, context: ssl.SSLContext | None) -> Connection:
    """A connection ready for mails: greeted, secret where it is to be, logged in.

    :raises OSError: no connection, or a certificate that is not trusted.
    :raises smtplib.SMTPException: the server does not do as it must.
    """
    deadline = Deadline()
    deadline.start(server.total)
    if server.security == "tls":
        connection: Connection = TlsConnection(server, deadline, context=context)
    else:
        connection = Connection(server, deadline)
    try:
        if server.security == "starttls":
            connection.starttls(context=context)
        connection.ehlo_or_helo_if_needed()
        if server.username and server.password is not None:
            connection.login(server.username, server.password.get_secret_value())
    except BaseException:
        connection.close()
        raise
    return connection
