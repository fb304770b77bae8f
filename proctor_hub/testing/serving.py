"""Servers of this process: one thread each, on a door that is open before anybody needs it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from proctor_hub.errors import ConfigurationError

START_SECONDS = 60.0
STOP_SECONDS = 30.0


def open_door() -> socket.socket:
    """A socket that listens on a free port of loopback; nobody answers yet."""
    return socket.create_server(("127.0.0.1", 0), backlog=128)


def port_of(door: socket.socket) -> int:
    """Where it listens."""
    return int(door.getsockname()[1])


def address_of(door: socket.socket, scheme: str = "http") -> str:
    """The door as a URL."""
    return f"{scheme}://127.0.0.1:{port_of(door)}"


class _Server(uvicorn.Server):
    """Tells who started it when it answers, and when it has given up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.decided = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.decided.set()


@contextmanager
def serving(
    app: Any, door: socket.socket, *, secured: Path | None = None, lifespan: bool = False
) -> Iterator[None]:
    """Serve an ASGI application while the block runs, and close the door.

    :param secured: a certificate in PEM with its key beside it (``.key``); then over TLS.
    :param lifespan: whether the application has a start-up and a shutdown of its own.
    :raises ConfigurationError: it does not start, or does not end.
    """
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            loop="asyncio",
            lifespan="on" if lifespan else "off",
            # Who keeps its connections open, as browsers do, is not waited for.
            timeout_graceful_shutdown=5,
            ssl_certfile=secured,
            ssl_keyfile=None if secured is None else secured.with_suffix(".key"),
        )
    )

    def run() -> None:
        try:
            server.run(sockets=[door])
        finally:
            server.decided.set()

    thread = threading.Thread(target=run, name="server", daemon=True)
    thread.start()
    try:
        if not server.decided.wait(START_SECONDS):
            raise ConfigurationError("The server does not start.")
        if not server.started:
            raise ConfigurationError("The server has ended at once.")
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        door.close()
    if thread.is_alive():
        raise ConfigurationError("The server does not end.")
