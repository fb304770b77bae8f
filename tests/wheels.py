"""Wheels of this tree, and of plugins that tests wrote."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def build_wheels(projects: Iterable[Path], into: Path) -> None:
    """One of each project, as ``make wheels`` builds them."""
    for project in projects:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (project, done.stdout[-4000:] + done.stderr[-2000:])
