"""The command as a process: exit statuses, streams, and a server that serves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import requests

COMMAND = [sys.executable, "-m", "proctor_hub.cli"]


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version_and_vendors_work_without_any_configuration(tmp_path: Path) -> None:
    assert re.fullmatch(r"proctor-hub \d+\.\d+\.\d+\S*\n", run(tmp_path, "--version").stdout)
    done = run(tmp_path, "vendors", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert {"plugin", "distribution", "version"} <= set(json.loads(done.stdout)[0])
    assert list(tmp_path.iterdir()) == []


def test_errors_are_statuses_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "proctor-hub.toml").write_text("[limits]\npage_size = 'many'\n", encoding="utf-8")
    broken = run(tmp_path, "clients", "list")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert broken.stderr.count("\n") == 1
    assert "proctor-hub.toml: limits.page_size" in broken.stderr


def test_serve_makes_the_database_serves_and_stops_when_told(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        found = None
        while found is None:
            line = server.stderr.readline()
            assert line, "the server ended without saying where it listens"
            found = re.search(r"listens on (http://127\.0\.0\.1:\d+)", line)
        # The socket listens already: the request waits until the application is up.
        answer = requests.get(f"{found[1]}/healthz", timeout=30)
        assert answer.status_code == 200
    finally:
        server.send_signal(signal.SIGTERM)
        _, rest = server.communicate(timeout=30)
    assert server.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in rest
    assert (tmp_path / "proctor-hub.db").exists()


def test_a_worker_can_be_scraped(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [*COMMAND, "worker", "--metrics-port", "0"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stderr is not None
        found = None
        while found is None:
            line = worker.stderr.readline()
            assert line, "the worker ended without saying where its metrics are"
            found = re.search(r"metrics at (http://127\.0\.0\.1:\d+)/metrics", line)
        told = requests.get(f"{found[1]}/metrics", timeout=30)
        ready = requests.get(f"{found[1]}/readyz", timeout=30)
        assert "proctor_hub_workers 1.0" in told.text
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert requests.get(f"{found[1]}/api/v1/courses", timeout=30).status_code == 404
    finally:
        worker.send_signal(signal.SIGTERM)
        _, rest = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "Traceback" not in rest


def test_a_second_server_on_an_embedded_database_is_refused_before_it_listens(
    tmp_path: Path,
) -> None:
    first = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stderr is not None
        line = ""
        while "listens on" not in line:
            line = first.stderr.readline()
            assert line, "the server ended without saying where it listens"
        second = run(tmp_path, "serve", "--port", "0")
        assert (second.returncode, second.stdout) == (2, "")
        assert "another process already works on" in second.stderr
        assert "listens on" not in second.stderr
        assert second.stderr.count("\n") == 1
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=30)
    # The lock went with the process.
    assert run(tmp_path, "sweep").returncode == 0
