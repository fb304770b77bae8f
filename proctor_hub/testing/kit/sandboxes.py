"""The vendor behind the wire: its sandbox in a process of its own, or what was recorded of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from proctor_hub.demo.filling import filled
from proctor_hub.demo.steering import Sandbox as Steering
from proctor_hub.errors import ConfigurationError

GROUP = "proctor_hub.sandboxes"
_START_SECONDS = 60.0
_HOST = "127.0.0.1"

Stop = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """How the kit starts a vendor's sandbox and steers it; texts may hold placeholders.

    Placeholders: ``{sandbox_url}``, ``{hub_url}``, ``{secret}`` (48 random characters), ``{key24}``
    (24), ``{hub_client_id}`` and ``{hub_client_secret}`` (the client the vendor calls the hub
    with), ``{callback_url:NAME}`` (of the plugin's ``callback_urls()``); in commands
    ``{attempt_code}``, ``{external_id}``, ``{pseudonym}``, ``{course_id}``, ``{word}``.

    :param run: the name in the entry-point group ``proctor_hub.sandboxes``, or a function
        ``run(host, port, options)`` that another process can import.
    :param options: what it is started with.
    :param commands: what a person does there: name → method (``POST``), path, body. The kit knows
        ``ready`` (the session is ready), ``review`` (send the review ``{word}``), and where the
        vendor has them ``onboard`` (the learner has a valid profile), ``finish`` (the tool closes).
    """

    run: str | Callable[[str, int, Mapping[str, str]], None]
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    commands: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def start(self, port: int, values: Mapping[str, str]) -> Stop:
        """Start it on ``port`` of loopback; what ends it. ``values``: for the placeholders.

        :raises ConfigurationError: it does not start.
        """
        process = subprocess.Popen(  # noqa: S603 - the author's sandbox, as they named it
            [sys.executable, "-m", __name__, self._target(), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )

        def stop() -> None:
            process.terminate()
            process.wait(30)

        with process.stdin as told:  # type: ignore[union-attr]
            # Not as arguments: everybody on the machine could read the secrets among them.
            told.write(json.dumps(filled(self.options, values)).encode())
        until = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                stop()
                raise ConfigurationError(f"The sandbox {self._target()} does not start.")
            time.sleep(0.05)
        return stop

    def steering(self, slug: str, url: str) -> Steering:
        """Its steering door at ``url``."""
        return Steering(slug, url, self.commands)

    def _target(self) -> str:
        if isinstance(self.run, str):
            return self.run
        return f"{self.run.__module__}:{self.run.__qualname__}"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((_HOST, port), 1):
            return True
    except OSError:
        return False


def _found(target: str) -> Callable[[str, int, Mapping[str, str]], None]:
    module, colon, name = target.partition(":")
    if colon:
        found = getattr(import_module(module), name)
    else:
        (point,) = entry_points(group=GROUP, name=target)
        found = point.load()
    return found  # type: ignore[no-any-return]


if __name__ == "__main__":
    _found(sys.argv[1])(_HOST, int(sys.argv[2]), json.loads(sys.stdin.read()))
