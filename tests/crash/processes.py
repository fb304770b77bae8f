"""The hub's processes as a crash test has them: started, killed, started again at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.databases import SERVER_VARIABLE

START_SECONDS = 120.0
"""How long the launcher may take to load the hub on a busy machine."""


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of a hub."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}
    kept.pop(SERVER_VARIABLE, None)
    return {**kept, "PYTHONUNBUFFERED": "1"}


class Launcher:
    """Starts and kills programs of the hub; thread-safe."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._lock = threading.Lock()

    def start(self, name: str, *arguments: str) -> Program:
        """Start ``proctor-hub`` with these arguments; its output goes to ``<name>.log``."""
        log = self._folder / f"{name}.log"
        return Program(self, int(self.ask("start", str(log), *arguments)), log)

    def run(self, name: str, *arguments: str, expected: tuple[int, ...] = (0,)) -> str:
        """Run a command of ``proctor-hub`` to its end; what it printed."""
        program = self.start(name, *arguments)
        until = time.monotonic() + START_SECONDS
        while (status := self.ask("look", program.pid)) is None:
            assert time.monotonic() < until, (arguments, program.tail())
            threading.Event().wait(0.02)
        assert status in expected, (arguments, program.tail())
        return program.log.read_text()

    def ask(self, *command: Any) -> Any:
        """One command of :mod:`tests.crash.launcher`."""
        with self._lock:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, "the launcher has ended"
        return json.loads(line)


class Program:
    """A running process of the hub."""

    def __init__(self, launcher: Launcher, pid: int, log: Path) -> None:
        self._launcher = launcher
        self.pid = pid
        self.log = log

    def kill(self) -> None:
        """SIGKILL; returns once it is gone. Fails where it had ended by itself."""
        status = self._launcher.ask("kill", self.pid)
        assert status == -9, (f"ended by itself with {status}", self.tail())

    def ensure_running(self) -> None:
        """Fails where it has ended by itself."""
        status = self._launcher.ask("look", self.pid)
        assert status is None, (f"ended by itself with {status}", self.tail())

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]


@contextmanager
def launcher(folder: Path, environment: Mapping[str, str]) -> Iterator[Launcher]:
    """A launcher whose children have ``environment``; all are dead when the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.launcher"],
        env=dict(environment),
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == "ready"
        yield Launcher(process, folder)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
