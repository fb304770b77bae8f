"""What must hold where only the three wheels and their locked dependencies are installed.

Run by `.ci/run` with the Python of an empty environment, outside the checkout.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points, version
from pathlib import Path

PLUGINS = {
    "proctortrack": "proctor-hub-proctortrack",
    "rpnow": "proctor-hub-rpnow",
}


def require(holds: bool, sentence: str) -> None:
    """Stop with the sentence unless it holds."""
    if not holds:
        sys.exit(f"smoke: {sentence}")


def hub(*args: str, cwd: str) -> str:
    """Run the installed command with an empty configuration; returns its standard output."""
    command = [str(Path(sys.executable).with_name("proctor-hub")), *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)
    require(done.returncode == 0, f"{args} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def check_public_door() -> None:
    """The public modules import, from this environment, and offer what they announce."""
    for name in ("proctor_hub", "proctor_hub.protocols"):
        module = importlib.import_module(name)
        origin = Path(str(module.__file__))
        require(origin.is_relative_to(sys.prefix), f"{name} comes from elsewhere: {origin}")
        for public in module.__all__:
            require(hasattr(module, public), f"{name} announces {public} and has it not")


def check_entry_points() -> None:
    """Both plugins and both sandboxes are found and can be loaded without test libraries."""
    for group in ("proctor_hub.vendors", "proctor_hub.sandboxes"):
        found = {point.name: point for point in entry_points(group=group)}
        require(set(found) == set(PLUGINS), f"{group} has {sorted(found)}")
        for point in found.values():
            point.load()


def check_migrations(folder: str) -> None:
    """The migrations are in the wheel and make an embedded database."""
    migrate = importlib.import_module("proctor_hub.storage.migrate")
    path = Path(folder, "smoke.db")
    migrate.upgrade(f"sqlite:///{path}")
    require(path.stat().st_size > 0, "upgrade made no database")


def check_catalogues() -> None:
    """The languages of the pages and of both plugins are in the wheels."""
    texts = importlib.import_module("proctor_hub").Texts
    for package in ("proctor_hub.web.pages", *(f"proctor_hub_{name}" for name in PLUGINS)):
        require("de" in texts.of(package).speeches, f"{package} came without its German")


def check_command(folder: str) -> None:
    """The command line answers and lists both vendors with their distributions."""
    require(version("proctor-hub") in hub("--version", cwd=folder), "--version lacks the version")
    listed = json.loads(hub("vendors", "--json", cwd=folder))
    seen = {(row["plugin"], row["distribution"], row["version"]) for row in listed}
    wanted = {(name, dist, version(dist)) for name, dist in PLUGINS.items()}
    require(wanted <= seen, f"vendors --json lists {sorted(seen)}")


def main() -> None:
    """Run every check; exits non-zero with one sentence on the first that fails."""
    with tempfile.TemporaryDirectory() as folder:
        check_public_door()
        check_entry_points()
        check_catalogues()
        check_migrations(folder)
        check_command(folder)
    print("smoke: the three wheels work in an empty environment")


if __name__ == "__main__":
    main()
