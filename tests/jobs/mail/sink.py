"""A real SMTP server in the test's process, which keeps what it is sent; and servers that fail."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "localhost"


@dataclass(kw_only=True)
class Sink:
    """What arrived, and how the server is to behave.

    :ivar refuse: recipient → the answer to it. :ivar drops: so many mails are taken, and the
        connection cut before their receipt is sent. :ivar logins: user names that logged in.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    refuse_data: str = ""
    drops: int = 0
    port: int = 0
    connections: int = 0
    tls: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    cut: Callable[[], None] = lambda: None

    @property
    def ids(self) -> list[str]:
        """The Message-IDs in the order of arrival."""
        return [mail["Message-ID"] for mail in self.mails]

    @property
    def kinds(self) -> list[str]:
        """Which e-mails they are, in the order of arrival."""
        return [mail["Proctor-Hub-Mail"] for mail in self.mails]

    # aiosmtpd's hooks.

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += session.ssl is None
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse_data:
            return self.refuse_data
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        self.tls = session.ssl is not None
        if self.drops:
            self.drops -= 1
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (b"hub", b"secret")
        if good:
            self.logins.append(data.login.decode())
        return AuthResult(success=good, handled=False)


@contextmanager
def running(
    sink: Sink, *, implicit: ssl.SSLContext | None = None, **options: Any
) -> Iterator[Sink]:
    """Serve on loopback while the block runs; ``sink.port`` is where.

    :param implicit: TLS from the beginning. :param options: of aiosmtpd's ``SMTP``.
    """
    loop = asyncio.new_event_loop()
    protocols: list[SMTP] = []

    def factory() -> SMTP:
        protocols.append(SMTP(sink, hostname=NAME, loop=loop, **options))
        return protocols[-1]

    async def begin() -> asyncio.Server:
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=implicit)
        sink.port = server.sockets[0].getsockname()[1]
        return server

    server = loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever, name="sink")
    thread.start()
    sink.cut = lambda: asyncio.run_coroutine_threadsafe(_cut(protocols), loop).result(20)
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, protocols), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _cut(protocols: list[SMTP]) -> None:
    """End all connections, as a server does with idle ones."""
    for protocol in protocols:
        if protocol.transport is not None:
            protocol.transport.abort()
    await asyncio.sleep(0)


async def _end(server: asyncio.Server, protocols: list[SMTP]) -> None:
    server.close()
    await _cut(protocols)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def talking(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that does with each connection what ``talk`` says; its port. The event: it ends."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def one(peer: socket.socket) -> None:
        with peer:
            try:
                talk(peer, over)
            except OSError:  # the client is gone, which is what such tests are about
                over.wait()

    def serve() -> None:
        while True:
            peer, _ = listening.accept()
            if over.is_set():
                peer.close()
                return
            threads.append(threading.Thread(target=one, args=(peer,)))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = threading.Thread(target=serve)
        server.start()
        try:
            yield port
        finally:
            over.set()
            socket.create_connection(("127.0.0.1", port)).close()
            server.join()
            for thread in threads:
                thread.join()


def certificate(folder: Path, *, name: str = NAME) -> tuple[Path, ssl.SSLContext]:
    """A certificate that signs itself, as a file to trust, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == NAME:
        alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.pem", folder / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context


def secured(context: ssl.SSLContext, sink: Sink) -> Mapping[str, Any]:
    """Options of a server that demands STARTTLS and a login."""
    return {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": sink.authenticate,
    }
