"""The tutorial for operators, as it stands: real hub, real sandbox, real command line."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.docs.pages import CODE

HUB_COMMAND = str(Path(sys.executable).with_name("proctor-hub"))


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Terminal:
    """A shell in the tutorial's folder, with nothing of our own environment's configuration."""

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
    for _ in range(300):
        assert process.poll() is None, f"the server at {url} ended"
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")


def test_the_tutorial_ends_with_the_report(tmp_path: Path) -> None:
    folder = tmp_path / "first-course"
    shutil.copytree(CODE / "first_course", folder, ignore=shutil.ignore_patterns("__pycache__"))
    hub_port, sandbox_port = free_port(), free_port()
    config = folder / "proctor-hub.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("8000", str(hub_port)).replace("9001", str(sandbox_port)))
    hub, sandbox = (f"http://127.0.0.1:{port}" for port in (hub_port, sandbox_port))
    shell = Terminal(folder, {"HUB": hub, "SANDBOX": sandbox})

    accounts = json.loads(shell.run(HUB_COMMAND, "vendors", "--secrets", "--json"))
    rpnow = next(account for account in accounts if account["slug"] == "rpnow")
    assert rpnow["configured"]
    review_url = f"review_url={rpnow['secret_callback_urls']['review']}"
    serve = (HUB_COMMAND, "serve", "--port", str(hub_port))
    simulate = (HUB_COMMAND, "sandbox", "rpnow", "--port", str(sandbox_port), "-o", review_url)
    with shell.serving(f"{hub}/healthz", *serve), shell.serving(sandbox, *simulate):
        client = shell.run(HUB_COMMAND, "clients", "create", "--kind", "lms", "--json")
        (folder / "lms.json").write_text(client, encoding="utf-8")
        shell.run(sys.executable, "prepare.py")
        shell.run(HUB_COMMAND, "staff", "add", "sue", "--role", "support")
        printed = shell.run(sys.executable, "take.py")

    assert "content may be shown: True" in printed
    assert "ann sees: Pending" in printed
    assert "waiting for support: ['ann']" in printed
    assert "ann sees: Satisfactory" in printed
    assert ",verified,Rules Violation,1,A phone,0," in printed
