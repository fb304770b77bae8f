"""The snapshots: the door as it was in each minor version, and as it is to be in this one."""

from __future__ import annotations

from pathlib import Path

import proctor_hub
from tests.contract import facts, rules

FOLDER = Path(__file__).parent / "snapshots"
UPDATE = ".venv/bin/python -m tests.contract.update"


def minor() -> str:
    """This version's ``major.minor``."""
    return proctor_hub.__version__.rpartition(".")[0]


def patch() -> int:
    """What comes third in this version."""
    return int(proctor_hub.__version__.rpartition(".")[2])


def file_of(version: str) -> Path:
    """The snapshot of a minor version."""
    return FOLDER / f"{version}.txt"


def kept() -> list[str]:
    """The minor versions that have a snapshot, oldest first."""
    found = (path.stem for path in FOLDER.glob("*.txt"))
    return sorted(found, key=lambda version: tuple(map(int, version.split("."))))


def snapshot(version: str) -> facts.Facts:
    """The door as the snapshot says."""
    return facts.read(file_of(version).read_text(encoding="utf-8"))


def previous() -> str:
    """The minor version before this one."""
    return [version for version in kept() if version != minor()][-1]


def difference() -> str:
    """How the door differs from this version's snapshot, for whoever changed it; empty: it does
    not."""
    found = rules.changes(snapshot(minor()), facts.door(), minor())
    if not found:
        return ""
    return "\n".join(
        [
            f"The public door is not as {file_of(minor()).name} says. Plugin authors would notice:",
            *map(str, found),
            f"Where it is meant: say so in CHANGELOG.md under {minor()}, For plugin authors, then "
            f"run {UPDATE}.",
        ]
    )


def refusals() -> list[rules.Change]:
    """What this version must not bring, compared with the one before."""
    found = rules.changes(snapshot(previous()), facts.door(), minor())
    return [change for change in found if change.refused]
