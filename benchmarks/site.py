"""A running hub to send requests to: real processes, real HTTP, its own configuration."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from proctor_hub.demo.processes import free_port
from proctor_hub.encryption_keys import new_key

VENDOR = "proctortrack"
_START_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """How to start programs of the hub on one database: the environment they need."""

    environment: Mapping[str, str]

    def client(self, kind: str) -> tuple[str, str]:
        """A new machine client of this kind: id and secret."""
        command = [sys.executable, "-m", "proctor_hub.cli", "clients", "create", "--kind", kind]
        command += ["--json"] + (["--vendor", VENDOR] if kind == "vendor" else [])
        result = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, check=True, text=True
        )
        made = json.loads(result.stdout)
        return made["client_id"], made["client_secret"]


@contextmanager
def configuration(
    database_url: str, *, lms: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[Configuration]:
    """With a vendor account whose vendor runs, and answers at once.

    :param lms: base URL of a sink for events; empty: they stay in the outbox. :param settings: more
        of them, as environment variables.
    """
    with tempfile.TemporaryDirectory(prefix="proctor-hub-bench-") as folder:
        port = free_port()
        path = Path(folder) / "proctor-hub.toml"
        path.write_text(
            f"[vendors.{VENDOR}]\n"
            f'base_url = "http://127.0.0.1:{port}"\nclient_id = "hub"\nclient_secret = "bench"\n'
        )
        kept = {key: value for key, value in os.environ.items() if "PROCTOR_HUB" not in key}
        environment = {
            **kept,
            "PROCTOR_HUB_CONFIG": str(path),
            "PROCTOR_HUB_DATABASE_URL": database_url,
            "PROCTOR_HUB_ENCRYPTION_KEYS": new_key("bench"),
            **(settings or {}),
        }
        if lms:
            secret = base64.b64encode(b"k" * 32).decode()
            environment["PROCTOR_HUB_LMS__EVENTS_URL"] = f"{lms}/events"
            environment["PROCTOR_HUB_LMS__SIGNING_SECRET"] = f"whsec_{secret}"
        with _process(["benchmarks.answering_vendor", str(port)], kept, port):
            yield Configuration(environment=environment)


@contextmanager
def hub(config: Configuration, *, processes: int) -> Iterator[list[str]]:
    """The base URLs of so many hub processes, each on a port of its own."""
    with ExitStack() as stack:
        urls = []
        for _ in range(processes):
            port = free_port()
            command = ["proctor_hub.cli", "serve", "--port", str(port)]
            stack.enter_context(_process(command, config.environment, port))
            urls.append(f"http://127.0.0.1:{port}")
        yield urls


@contextmanager
def workers(
    config: Configuration, count: int, *, module: str = ""
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes that work and serve nothing; the caller may kill them.

    :param module: run it instead of the command.
    """
    command = [sys.executable, "-m", *([module] if module else ["proctor_hub.cli", "worker"])]
    with tempfile.TemporaryFile() as log:
        crew = [
            subprocess.Popen(command, env=config.environment, stdout=log, stderr=log)
            for _ in range(count)
        ]
        try:
            yield crew
        except BaseException:
            log.seek(0)
            print(log.read()[-4_000:].decode(), file=sys.stderr)
            raise
        finally:
            for process in crew:
                process.terminate()
            for process in crew:
                process.wait(30)


@contextmanager
def sink() -> Iterator[str]:
    """The base URL of an LMS that takes events and tells how late they came."""
    port = free_port()
    with _process(["benchmarks.sink", str(port)], os.environ, port):
        yield f"http://127.0.0.1:{port}"


def access_token(url: str, client_id: str, secret: str) -> str:
    """A token of the hub for a machine client."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    response = requests.post(f"{url}/oauth2/access_token", data=form, timeout=10)
    response.raise_for_status()
    return str(response.json()["access_token"])


@contextmanager
def _process(module: list[str], environment: Mapping[str, str], port: int) -> Iterator[None]:
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module], env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(process, port)
            yield
            if process.poll() is not None:
                raise SystemExit(f"{module[0]} ended while it was measured")
        except BaseException:
            log.seek(0)
            print(log.read()[-4_000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"a server ended with {process.returncode} instead of starting")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port} after {_START_S:.0f} s")
