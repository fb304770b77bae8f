"""``proctor-hub serve``: the hub as a server."""

from __future__ import annotations

import socket
from typing import Annotated

import typer
import uvicorn

from proctor_hub import logs
from proctor_hub.app import create_app, prepare_database
from proctor_hub.errors import ConfigurationError
from proctor_hub.settings import HubSettings

Host = Annotated[str, typer.Option(help="The address to listen on.")]
_GRACE_SECONDS = 15


def serve(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8000,
    jobs: Annotated[
        bool, typer.Option("--jobs/--no-jobs", help="Relays and sweeps in this process, or not.")
    ] = True,
) -> None:
    """Serve the hub until interrupted; an embedded database is made and upgraded first."""
    settings = HubSettings.load()
    prepare_database(settings)
    with listen(host, port) as listening:
        logs.configure()  # from here on, what goes wrong is for the log's readers
        config = uvicorn.Config(
            create_app(settings, run_jobs=jobs),
            access_log=False,  # its lines hold query strings, and those may hold tokens
            log_config=None,
            server_header=False,
            proxy_headers=False,  # who the proxies are is the hub's own setting
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        typer.echo(f"proctor-hub listens on {address_of(listening)}", err=True)
        server = uvicorn.Server(config)
        server.run(sockets=[listening])
    if not server.started:
        raise typer.Exit(1)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address.

    :raises ConfigurationError: it is taken, or not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigurationError(
            f"--host {host} --port {port}: cannot listen there: {error.strerror}; give another."
        ) from error


def address_of(listening: socket.socket) -> str:
    """The socket's address as a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
