"""``proctor-hub serve``: the hub as a server."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from functools import partial
from typing import Annotated

import typer
import uvicorn

from proctor_hub import logs
from proctor_hub.app import build_crew, build_hub, create_app, prepare_database
from proctor_hub.cli.working import GIVEN_UP, at_work, end_now
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.crew import Crew
from proctor_hub.services.hub import Hub
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
    hub = build_hub(settings)
    crew = build_crew(settings, hub) if jobs else None
    try:
        if crew is not None:
            crew.join()  # before it listens: where it may not work, nobody should call it
        started = _serve(settings, hub, crew, host, port)
    finally:
        if crew is not None:
            crew.leave()
        hub.database.close()
    if crew is not None and crew.lost:
        end_now(GIVEN_UP)
    if crew is not None and not crew.drained:
        end_now(0)
    if not started:
        raise typer.Exit(1)


def _serve(settings: HubSettings, hub: Hub, crew: Crew | None, host: str, port: int) -> bool:
    """Serve until told to stop; whether it ever began."""
    servers: list[uvicorn.Server] = []

    def end() -> None:
        for one in servers:
            one.should_exit = True

    running = nullcontext if crew is None else partial(at_work, crew, end)
    with listen(host, port) as listening:
        logs.configure()  # from here on, what goes wrong is for the log's readers
        config = uvicorn.Config(
            create_app(settings, hub=hub, running=running),
            access_log=False,  # its lines hold query strings, and those may hold tokens
            log_config=None,
            server_header=False,
            proxy_headers=False,  # who the proxies are is the hub's own setting
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        typer.echo(f"proctor-hub listens on {address_of(listening)}", err=True)
        servers.append(uvicorn.Server(config))
        servers[0].run(sockets=[listening])
    return servers[0].started


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
