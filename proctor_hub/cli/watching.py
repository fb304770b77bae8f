"""The three addresses of a process that serves nothing else: health, readiness, metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from proctor_hub.app import create_watch_app
from proctor_hub.cli.serve import address_of, listen
from proctor_hub.services.hub import Hub
from proctor_hub.settings import HubSettings

_END_SECONDS = 5


@contextmanager
def watched(settings: HubSettings, hub: Hub, host: str, port: int) -> Iterator[str]:
    """Serve them in a thread while the block runs; yields the address.

    :param port: 0: any free one.
    :raises ConfigurationError: the address cannot be listened on.
    """
    with listen(host, port) as listening:
        config = uvicorn.Config(
            create_watch_app(settings, hub),
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_END_SECONDS,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="metrics", daemon=True
        )
        thread.start()
        try:
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join(2 * _END_SECONDS)
