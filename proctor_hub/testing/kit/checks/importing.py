"""Nothing is read, written or called before the host says so."""

from __future__ import annotations

import json
import subprocess
import sys

from proctor_hub.demo.filling import filled
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import SAMPLES
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import loaded
from proctor_hub.vendors.quality import Tier

_SECONDS = 120


@check(
    "importing-quiet",
    Tier.BRONZE,
    why="Plugins are imported by every command and every worker, also without a network.",
    about="explanation/one-manager-per-account.md",
    unless=loaded,
)
def imports_quietly(bench: Bench) -> None:
    """Importing the plugin opens no connection, writes no file and starts no process."""
    _demand_quiet(bench, "import")


@check(
    "constructing-quiet",
    Tier.BRONZE,
    why="A constructor that calls its vendor keeps the whole hub from starting when that is down.",
    about="reference/contract.md#vendorhost",
    unless=loaded,
)
def is_built_quietly(bench: Bench) -> None:
    """Neither the constructor nor ``describe_vendor``, ``callback_routes`` and ``heartbeat_plan``
    open a connection, write a file, start a process or a thread."""
    _demand_quiet(bench, "build")


def _demand_quiet(bench: Bench, how: str) -> None:
    given = bench.case.given
    target = f"{given.plugin.__module__}:{given.plugin.__qualname__}"
    told = {
        "target": target,
        "how": how,
        "table": filled(given.settings, SAMPLES),
        "path": sys.path,
    }
    done = subprocess.run(
        [sys.executable, "-m", "proctor_hub.testing.kit.quietly"],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    demand(done.returncode == 0, (done.stdout or done.stderr).strip()[-400:])
