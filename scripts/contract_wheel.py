"""Build the wheel of a plugin against the contract as it was at a commit; tests keep it for ever.

    .venv/bin/python scripts/contract_wheel.py 0.1 084931e

The plugin's source is ``tests/contract/plugins/lantern_<minor>``. It must be right for the contract
of that commit, as a strict type checker sees it, and the host of that commit must load it. The
wheel goes to ``tests/contract/wheels``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "tests" / "contract"
LOAD = """
import proctor_hub, proctor_hub_lantern.beacon, proctor_hub_lantern.journal
import proctor_hub_lantern.vendor, proctor_hub_lantern.watcher
assert proctor_hub.__version__.startswith(sys.argv[2]), proctor_hub.__version__
assert proctor_hub.__file__.startswith(sys.argv[1]), proctor_hub.__file__
"""


def build(minor: str, commit: str) -> None:
    """Check the plugin against the host of ``commit`` and put its wheel in place."""
    source = CONTRACT / "plugins" / f"lantern_{minor.replace('.', '_')}"
    with tempfile.TemporaryDirectory() as scratch:
        then = Path(scratch) / "host"
        _run("git", "-C", str(ROOT), "worktree", "add", "--detach", str(then), commit)
        try:
            paths = {"MYPYPATH": f"{source}:{then}", "PYTHONPATH": f"{then}:{source}"}
            checker = ("mypy", "--config-file=", "--strict", "--explicit-package-bases")
            _python(*checker, "-p", "proctor_hub_lantern", cwd=Path(scratch), env=paths)
            loading = f"import sys\n{LOAD}"
            code = ("-c", loading, str(then), minor)
            _run(sys.executable, "-P", *code, cwd=Path(scratch), env=paths)
        finally:
            _run("git", "-C", str(ROOT), "worktree", "remove", "--force", str(then))
    _python("hatchling", "build", "-t", "wheel", "-d", str(CONTRACT / "wheels"), cwd=source)


def _python(module: str, *words: str, **options: Any) -> None:
    _run(sys.executable, "-m", module, *words, **options)


def _run(*words: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, check=True)


if __name__ == "__main__":
    build(*sys.argv[1:3])
