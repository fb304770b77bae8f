"""The demo's servers: real processes on loopback, all of them ended whatever happens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from proctor_hub.demo.errors import DemoError

PATIENCE = 30.0
"""Seconds a server may take to listen."""

FAREWELL = 10.0
"""Seconds a server may take to end before it is killed."""


class Processes:
    """Starts servers and ends them all when the block is left.

    :param folder: where their output goes. :param environment: what all of them get.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self.environment = dict(environment)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def start(
        self,
        name: str,
        arguments: Sequence[str],
        port: int,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start ``python -m arguments``, which is to listen on ``port``; see :meth:`wait`."""
        with self._log(name).open("wb") as log:
            # Without the terminal's signals: it is ended by us, after what depends on it.
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, "-m", *arguments],
                env={**self.environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._ports[name] = port

    def wait(self) -> None:
        """Return once all that were started listen.

        :raises DemoError: one ends, or does not listen in time.
        """
        until = time.monotonic() + PATIENCE
        for name, port in self._ports.items():
            while not _listens(port):
                self.check()
                if time.monotonic() > until:
                    last = self._last(name)
                    raise DemoError(f"{name} does not listen after {PATIENCE:.0f} s{last}")
                time.sleep(0.05)

    def check(self) -> None:
        """:raises DemoError: a server has ended by itself."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                raise DemoError(f"{name} ended with exit code {code}{self._last(name)}")

    def end(self) -> None:
        """End all of them, the last one started first; kill those that do not go."""
        with _undisturbed():
            for process in reversed(self._running.values()):
                if process.poll() is None:
                    process.terminate()
            until = time.monotonic() + FAREWELL
            for process in reversed(self._running.values()):
                try:
                    process.wait(max(0.1, until - time.monotonic()))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self._running.clear()

    def _log(self, name: str) -> Path:
        return self._folder / f"{name.replace(' ', '-')}.log"

    def _last(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").strip().splitlines()
        return f": {lines[-1][:300]}" if lines else ""


def run(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> list[str]:
    """Run commands of ``proctor-hub`` to their end, one after the other; what each printed.

    :raises DemoError: one failed; with its last line.
    """
    done = subprocess.run(
        [sys.executable, "-m", "proctor_hub.demo.commands"],
        env=dict(environment),
        input=json.dumps([list(arguments) for arguments in commands]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise DemoError(f"a command failed: {said[-1] if said else done.returncode}")
    printed: list[str] = json.loads(done.stdout)
    return printed


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of another hub."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("PROCTOR_HUB_")}
    return {**kept, "PYTHONUNBUFFERED": "1"}


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second signal must not leave servers behind; it is ignored for these seconds."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
