"""A shell in a folder, for how-tos whose commands tests run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

PATIENCE = 300
HUB_COMMAND = str(Path(sys.executable).with_name("proctor-hub"))


class Terminal:
    """A shell in a folder, with nothing of our own environment's configuration."""

    def __init__(self, folder: Path, more: Mapping[str, str]) -> None:
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}
        self.environment = {**kept, **more}

    def run(self, *command: str) -> str:
        """One command, which must succeed; what it prints."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def serving(self, url: str, *command: str) -> Iterator[None]:
        """A server, ended afterwards."""
        with (
            (self.folder / "server.log").open("a", encoding="utf-8") as log,
            subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log
            ) as process,
        ):
            try:
                wait_for(url, process)
                yield
            finally:
                process.terminate()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers; fails where it ends before that."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, f"nothing answers at {url}: its server ended"
        try:
            requests.get(url, timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")
