"""Load by ``wrk``, one per hub process; each runs a script of this folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of it: answers per second over all processes, latencies in milliseconds.

    With several processes ``p50_ms`` is their mean and ``p99_ms`` the worst. ``failed``: answers
    above 399, and connections that broke.
    """

    rate: float
    answers: int
    failed: int
    p50_ms: float
    p99_ms: float


def run(
    script: str, urls: list[str], *, connections: int, seconds: int, values: Mapping[str, str]
) -> Load:
    """Send requests for so long over so many connections in all; ``values`` reach the script."""
    wrk = _wrk()
    children = []
    for number, url in enumerate(urls):
        command = [wrk, "-t1", f"-c{connections // len(urls)}", f"-d{seconds}s", "--timeout=10s"]
        command += ["-s", str(_FOLDER / script), url]
        environment = {
            **os.environ, **values, "BENCH_PART": str(number), "BENCH_PARTS": str(len(urls)),
        }  # fmt: skip
        children.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        )
    parts = []
    for child in children:
        out, _ = child.communicate()
        if child.returncode:
            raise SystemExit(f"wrk ended with {child.returncode}: {out[-500:]}")
        parts.append(json.loads(out.splitlines()[-1]))
    return Load(
        rate=sum(part["answers"] / part["seconds"] for part in parts),
        answers=sum(part["answers"] for part in parts),
        failed=sum(part["failed"] for part in parts),
        p50_ms=sum(part["p50_ms"] for part in parts) / len(parts),
        p99_ms=max(part["p99_ms"] for part in parts),
    )


def _wrk() -> str:
    found = shutil.which("wrk")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False)
        found = shutil.which("wrk")
    if found is None:
        raise SystemExit("The load comes from wrk: please install it (Debian: apt-get install wrk)")
    return found
